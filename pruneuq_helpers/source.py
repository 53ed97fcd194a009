"""Which source a function's result depends on: its module and all that this imports from the package."""

import ast
import hashlib
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parent
# They carry parameters and results and compute none, so a change in one leaves every stored result right.
_CARRIERS = {
    *("claims", "cluster", "errors", "fingerprints", "gpus", "keys", "log", "notebook", "parameters", "provenance"),
    *("sentences", "source", "status", "store", "study", "verdicts", "workers"),
}


@cache
def source_hash(module: str | None = None, package: Path = _PACKAGE) -> str:
    """Hash of a module's source and of all that it imports from the package, read once a process.

    A room (a folder) counts as a whole, because rooms import lazily. The modules behind ``study``
    and ``claims``, which only carry parameters and results, do not count.

    Parameters
    ----------
    module : str, optional
        Full name of a module of the package; without it, the whole package.
    package : pathlib.Path
        Folder of the package.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> source_hash("pruneuq_helpers.errors") == source_hash("pruneuq_helpers.store")
    False
    """
    digest = hashlib.sha256()
    for path in sorted(set(package.rglob("*.py")) if module is None else source_files(module, package)):
        name = path.relative_to(package).as_posix()
        digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def source_files(module: str, package: Path = _PACKAGE) -> set[Path]:
    """The files behind ``source_hash``.

    Parameters
    ----------
    module : str
        Full name of a module of the package.
    package : pathlib.Path
        Folder of the package.

    Returns
    -------
    set of pathlib.Path

    Examples
    --------
    >>> sorted(path.name for path in source_files("pruneuq_helpers.errors"))
    ['errors.py']
    """
    found: set[Path] = set()
    todo = {module}
    while todo:
        name = todo.pop()
        files = _files(name, package)
        if files is None:  # the package itself, or a name that it resolves: anything may be meant
            return set(package.rglob("*.py"))
        for path in files - found:
            carried = path.parent == package and path.stem in _CARRIERS and name != module
            if not carried:
                found.add(path)
                todo |= imported(path.read_bytes(), package.name, path.relative_to(package.parent).parent.parts)
    return found


def _files(module: str, package: Path) -> set[Path] | None:
    base = package.parent.joinpath(*module.split("."))
    if base.with_suffix(".py").exists():
        return {base.with_suffix(".py")}
    if base == package:
        return None
    if base.name == "studies":  # one study does not depend on the others
        return {base / "__init__.py"}
    if base.is_dir():
        return set(base.rglob("*.py"))
    # A function or class of a module, which stands in the list of imports itself.
    return None if base.parent == package else set()


def imported(source: str | bytes, package: str, inside: tuple[str, ...] = ()) -> set[str]:
    """Modules of a package that a source imports, at any depth of its code.

    Parameters
    ----------
    source : str
        Python code.
    package : str
        Name of the package.
    inside : tuple of str
        Names of the packages around the source, for relative imports.

    Returns
    -------
    set of str
        Full names; some may be of functions, where a function was imported.

    Examples
    --------
    >>> sorted(imported("import torch, pruneuq_helpers.data", "pruneuq_helpers"))
    ['pruneuq_helpers.data']
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = inside[: len(inside) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            # `from package import room` names the room; `from package.room import name` may name a file or a function.
            names |= {f"{base}.{alias.name}" for alias in node.names} | ({base} - {package})
    return {name for name in names if name.partition(".")[0] == package}
