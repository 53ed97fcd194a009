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

from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "pruneuq_helpers"
KEPT = ("book/results", "notebooks/parameters")
CACHE = ROOT / "_build" / "jupyter_cache"
CODE = re.compile(r"^(`{3,})\{code-cell\}.*?$(.*?)^\1", re.S | re.M)
OPTIONS = re.compile(r"\A\s*---\n.*?^---\n|^:.*?$", re.S | re.M)
KERNEL = re.compile(r"^kernelspec:\n", re.M)
NAMED = re.compile(rf"{PACKAGE}(\.\w+)+")


def _sources(folder: Path) -> list[Path]:
    """Every file of a folder: code, and the tables that the code reads."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _lazy_names() -> dict[str, str]:
    """The package's own functions, each with the room it comes from: literal tables in its `__init__`."""
    tree = ast.parse((ROOT / PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    tables = [node.value for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)]
    return {name: room for table in tables for name, room in ast.literal_eval(table).items()}


def _files(module: str) -> list[Path]:
    """The files of a module; for a room (a folder) all of its files, because rooms import lazily."""
    base = ROOT.joinpath(*module.split("."))
    parents = [path / "__init__.py" for path in base.parents if path.is_relative_to(ROOT / PACKAGE)]
    parents = [path for path in parents if path.exists()]
    if module == f"{PACKAGE}.studies":  # holds one file a chapter: they do not depend on one another
        return [*parents, base / "__init__.py"]
    if base.is_dir():
        return parents + _sources(base)
    if base.with_suffix(".py").exists():
        return [*parents, base.with_suffix(".py")]
    if base.parent != ROOT / PACKAGE:
        return []  # a name in a module that is listed itself
    room = _lazy_names().get(base.name)
    return parents + _files(f"{PACKAGE}.{room}") if room else _sources(ROOT / PACKAGE)


def _imported(source: str, package: str = "") -> set[str]:
    """Modules of this package that a source imports, at any depth of its code or by their name in a string."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            names |= {f"{base}.{alias.name}" for alias in node.names} | ({base} - {PACKAGE})
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and NAMED.fullmatch(node.value):
            names.add(node.value)
    return {name for name in names if name.split(".")[0] == PACKAGE}


@cache
def _module_imports(path: Path) -> frozenset[str]:
    package = ".".join(path.relative_to(ROOT).parent.parts)
    return frozenset(_imported(path.read_text(encoding="utf-8"), package)) if path.suffix == ".py" else frozenset()


def _cell_imports(cell: str) -> set[str]:
    try:
        return _imported(TransformerManager().transform_cell(OPTIONS.sub("", cell)))
    except SyntaxError:  # the notebook will say so itself when it is executed
        return set()


def dependencies(text: str) -> list[Path]:
    """Helper files that a notebook's code cells depend on."""
    todo = set().union(*(_cell_imports(cell) for _, cell in CODE.findall(text)))
    seen: set[str] = set()
    files: set[Path] = set()
    while todo:
        module = todo.pop()
        seen.add(module)
        for path in _files(module):
            files.add(path)
            todo |= _module_imports(path) - seen
    if ROOT / PACKAGE / "results.py" in files:  # shows what is kept of larger runs, and compares it with the profiles
        files |= {path for kept in KEPT for path in _sources(ROOT / kept)}
    return sorted(files)


def state_hash(text: str) -> str:
    """The hash of all that the outputs of this notebook depend on, beside its own cells."""
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in dependencies(text):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def stamp(text: str) -> str:
    """The notebook's text with its state in the kernelspec."""
    stamped, count = KERNEL.subn(f"kernelspec:\n  state: '{state_hash(text)}'\n", text, count=1)
    if not count:
        raise ValueError("a notebook has no `kernelspec:` in its header, so its outputs cannot be kept")
    return stamped


def _source_read(app, docname, source):
    if docname.startswith("notebooks/"):
        source[0] = stamp(source[0])


def setup(app):
    app.connect("config-inited", lambda app, config: setattr(config, "nb_execution_cache_path", str(CACHE)))
    app.connect("source-read", _source_read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
