"""What a notebook's outputs depend on, as one hash: jupyter-cache itself sees only the code cells.

The hash covers the source of every helper module that the notebook imports (directly or not) and the pins. It is
written into the notebook's kernelspec, which jupyter-cache hashes: so a helper edit re-executes the
chapters that depend on it and no others, and changing it back finds the old outputs again.
"""

import ast
import hashlib
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "pruneuq_helpers"
CACHE = ROOT / "_build" / "jupyter_cache"
CODE = re.compile(r"^```\{code-cell\}.*?$(.*?)^```", re.S | re.M)
KERNEL = re.compile(r"^kernelspec:\n", re.M)


def _files(module: str) -> list[Path]:
    """The files of a module; for a room (a folder) all of its files, because rooms import lazily."""
    base = ROOT.joinpath(*module.split("."))
    if module in (PACKAGE, f"{PACKAGE}.studies"):
        return [base / "__init__.py"]
    if base.is_dir():
        return sorted(base.rglob("*.py")) + sorted(base.rglob("*.csv"))
    return [base.with_suffix(".py")] if base.with_suffix(".py").exists() else []


def _imported(source: str, package: str = "") -> set[str]:
    """Modules of this package that a source imports, at any depth of its code."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] == PACKAGE}


@cache
def _module_imports(path: Path) -> frozenset[str]:
    package = ".".join(path.relative_to(ROOT).parent.parts)
    return frozenset(_imported(path.read_text(encoding="utf-8"), package)) if path.suffix == ".py" else frozenset()


def dependencies(text: str) -> list[Path]:
    """Helper files that a notebook's code cells depend on."""
    cells = (re.sub(r"^\s*---\n.*?^---\n", "", code, flags=re.S | re.M) for code in CODE.findall(text))
    lines = (line for cell in cells for line in cell.splitlines())
    code = "\n".join(line for line in lines if not line.lstrip().startswith((":", "%", "!")))
    todo, seen = _imported(code), set()
    files: set[Path] = set()
    while todo:
        module = todo.pop()
        seen.add(module)
        for path in _files(module):
            files.add(path)
            todo |= _module_imports(path) - seen
    return sorted(files)


def state_hash(text: str) -> str:
    """The hash of all that the outputs of this notebook depend on, beside its own cells."""
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in dependencies(text):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def stamp(text: str) -> str:
    """The notebook's text with its state in the kernelspec."""
    return KERNEL.sub(f"kernelspec:\n  state: '{state_hash(text)}'\n", text, count=1)


def _source_read(app, docname, source):
    if docname.startswith("notebooks/"):
        source[0] = stamp(source[0])


def setup(app):
    app.connect("config-inited", lambda app, config: setattr(config, "nb_execution_cache_path", str(CACHE)))
    app.connect("source-read", _source_read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
