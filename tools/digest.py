"""What a notebook's outputs are made of, beside its own cells, as one hash: the only place that knows.

It covers the code of every module that the cells import (directly or not), by its syntax tree without docstrings, the
tables that lie beside that code, the pins, and, where a cell or such a module reads results that are kept with the
book, those of the chapter. It goes into the notebook's kernelspec, which jupyter-cache hashes: so a helper edit
executes the chapters that import the helper and no others, an edit of words none, and undoing it finds the old outputs.

What was read in a file is remembered in `_build/digest.json` under the hash of its bytes: a build parses what changed.
"""

import ast
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "pruneuq_helpers"
CACHE = ROOT / "_build" / "jupyter_cache"
MEMORY = ROOT / "_build" / "digest.json"
ALL = "*"  # after the name of a package: everything in it
CODE = re.compile(r"^(`{3,})\{code-cell\}.*?$(.*?)^\1", re.S | re.M)
OPTIONS = re.compile(r"\A\s*---\n.*?^---\n|^:.*?$", re.S | re.M)
KERNEL = re.compile(r"^kernelspec:\n", re.M)
DOTTED = re.compile(rf"{PACKAGE}(\.\w+)+")
CHAPTER = re.compile(r"\b\d\d_\w+")
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """What one source says: its code as a hash, and what that needs."""

    code: str
    uses: tuple[str, ...] = ()  # dotted names: a module, or something in one
    names: tuple[tuple[str, str], ...] = ()  # bound at its top: the dotted name that each stands for, or nothing
    guesses: bool = False  # a `__getattr__` looks up other names
    keeps: bool = False  # it names the folder of the kept results
    chapters: tuple[str, ...] = ()  # that it names


# --- reading one source ---


def bare(tree: ast.AST) -> str:
    """The tree as text, without docstrings, lines and columns."""
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return ast.dump(tree)


def bound(nodes: Iterable[ast.AST], package: str) -> Iterator[tuple[str, str]]:
    """Names that imports bind, each with what it stands for; a relative import starts at `package`."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield alias.asname or alias.name, f"{base}.{alias.name}"


def needed(trees: list[ast.AST], package: str) -> set[str]:
    """Dotted names in this package that code uses; where a room itself is handed on, all of the room."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names: dict[str, set[str]] = {}
    for name, target in bound(nodes, package):
        if target.partition(".")[0] == PACKAGE:
            names.setdefault(name, set()).add(target)
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    found |= {target for targets in names.values() for target in targets if target != PACKAGE}
    inner = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and DOTTED.fullmatch(node.value):
            found.add(node.value)
        elif isinstance(node, ast.Attribute | ast.Name) and id(node) not in inner:
            root, *parts = chain(node)
            found |= {".".join([target, *(parts or [ALL])]) for target in names.get(root, ())}
    return {name for name in found if name.partition(".")[0] == PACKAGE}


def chain(node: ast.AST) -> list[str]:
    """The parts of `a.b.c`; of `f(x).b` the name is empty."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id if isinstance(node, ast.Name) else "", *reversed(parts)]


def tops(trees: list[ast.AST], package: str) -> dict[str, str]:
    """Names that a module binds at its top, each with the dotted name it stands for, or nothing.

    Beside a `__getattr__`, the keys of a literal table are such names too: they stand for what the table says.
    """
    nodes = [node for tree in trees for node in tree.body]
    found = {node.name: "" for node in nodes if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    for node in nodes:
        if isinstance(node, ast.Assign):
            found |= {target.id: "" for target in node.targets if isinstance(target, ast.Name)}
            if isinstance(node.value, ast.Dict) and any(lookup(other) for other in nodes):
                pairs = zip(node.value.keys, node.value.values, strict=True)
                found |= {key.value: f"{package}.{room.value}" for key, room in pairs if _words(key, room)}
    return found | dict(bound(nodes, package))


def lookup(node: ast.AST) -> bool:
    """Whether this is the function that a module asks for names that it does not bind."""
    return isinstance(node, ast.FunctionDef) and node.name == "__getattr__"


def _words(*nodes: ast.AST | None) -> bool:
    return all(isinstance(node, ast.Constant) and isinstance(node.value, str) for node in nodes)


def read(trees: list[ast.AST], package: str) -> Source:
    """What a module says, or all cells of a notebook together; `package` is what relative imports start from."""
    code = hashlib.sha256("\n".join(map(bare, trees)).encode()).hexdigest()  # and from here on without docstrings
    words = {node.value for tree in trees for node in ast.walk(tree) if _words(node)}
    guesses = any(lookup(node) for tree in trees for node in tree.body)
    uses = needed(trees, package)
    if guesses:  # what a `__getattr__` names in its own room, only those need who ask it
        always = [node for tree in trees for node in tree.body if not lookup(node)]
        uses = needed(always, package) | {name for name in uses if not name.startswith(f"{package}.")}
    keeps = {"book", "results"} <= words or any("book/results" in word for word in words)
    chapters = {name for word in words for name in CHAPTER.findall(word)}
    names = tuple(sorted(tops(trees, package).items()))
    return Source(code, tuple(sorted(uses)), names, guesses, keeps, tuple(sorted(chapters)))


# --- the whole package ---


@cache
def sources() -> dict[str, Source]:
    """Every module of the package by its dotted name: once a process, and parsed once for the same bytes."""
    rules = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    known = _remembered(rules)
    found, memory = {}, {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        package = ".".join(path.relative_to(ROOT).parent.parts)
        content = path.read_bytes()
        key = hashlib.sha256(f"{package}\0".encode() + content).hexdigest()
        memory[key] = found[module] = known.get(key) or _module(content, package)
    if memory.keys() != known.keys():
        MEMORY.parent.mkdir(parents=True, exist_ok=True)
        written = MEMORY.with_suffix(f".{os.getpid()}")
        kept = {key: asdict(source) for key, source in memory.items()}
        written.write_text(json.dumps({"rules": rules, "modules": kept}), encoding="utf-8")
        written.replace(MEMORY)
    return found


def _remembered(rules: str) -> dict[str, Source]:
    try:
        memory = json.loads(MEMORY.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # none yet, or cut short
        return {}
    if memory.get("rules") != rules:  # read by another version of this file
        return {}
    tuples = {key: {name: _tuple(value) for name, value in kept.items()} for key, kept in memory["modules"].items()}
    return {key: Source(**kept) for key, kept in tuples.items()}


def _tuple(value):
    return tuple(map(_tuple, value)) if isinstance(value, list) else value


def _module(content: bytes, package: str) -> Source:
    try:
        return read([ast.parse(content)], package)
    except SyntaxError:  # whoever imports it will say so
        return Source(hashlib.sha256(content).hexdigest())


@cache
def modules(name: str) -> frozenset[str]:
    """The modules that a dotted name needs: the packages on its way, the module, and where a name in it leads."""
    found, place, rest = set(), "", name.split(".")
    while rest and (inner := f"{place}.{rest[0]}".lstrip(".")) in sources():
        place, rest = inner, rest[1:]
        found.add(place)
    if place and rest:
        target = dict(sources()[place].names).get(rest[0])
        if target:
            found |= modules(".".join([target, *rest[1:]]))
        elif target is None and sources()[place].guesses:  # looked up by other means, or all of it is handed on
            found |= {module for module in sources() if module.startswith(f"{place}.")}
    return frozenset(found)


def closure(uses: Iterable[str]) -> set[str]:
    """Every module that these dotted names need, directly or not."""
    todo, seen, found = set(uses), set(), set()
    while todo:
        name = todo.pop()
        seen.add(name)
        for module in modules(name) - found:
            found.add(module)
            todo |= set(sources()[module].uses) - seen
    return found


# --- one notebook ---


def cells(text: str) -> Source:
    """What the code cells of a notebook say, taken together, for they share their names."""
    return read([tree for _, cell in CODE.findall(text) for tree in _parsed(OPTIONS.sub("", cell))], PACKAGE)


def _parsed(cell: str) -> list[ast.AST]:
    for plain in (True, False):  # what does not parse may hold magics
        try:
            return [ast.parse(cell if plain else TransformerManager().transform_cell(cell))]
        except SyntaxError:
            continue
    return []  # no Python at all: the notebook will say so itself


def tables(found: set[str]) -> list[Path]:
    """The files beside the code of these modules, which it may read."""
    folders = {ROOT.joinpath(*module.split(".")) for module in found}
    return sorted(path for folder in folders if folder.is_dir() for path in _beside(folder))


@cache
def _beside(folder: Path) -> list[Path]:
    found = []
    for path in folder.iterdir():
        if path.is_dir() and path.name != "__pycache__" and not (path / "__init__.py").exists():
            found += _beside(path)
        elif path.is_file() and path.suffix != ".py":
            found.append(path)
    return found


def kept(chapter: str, told: Source, found: set[str]) -> list[Path]:
    """Results kept with the book, and the profiles that they are compared with, as far as a notebook may show them.

    That is: its own, and those of a chapter that is named in its cells or in a module that asks for kept results.
    """
    keepers = {module for module in found if sources()[module].keeps}
    if not keepers and not told.keeps:
        return []
    readers = [told, *(sources()[m] for m in found if any(modules(use) & keepers for use in sources()[m].uses))]
    names = {chapter}.union(*(reader.chapters for reader in readers))
    places = [pattern for name in names for pattern in (f"book/results/*/{name}", f"notebooks/parameters/*/{name}*")]
    tops = [top for place in places for top in ROOT.glob(place)]
    return sorted(path for top in tops for path in ([top] if top.is_file() else top.rglob("*")) if path.is_file())


@cache
def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def state(text: str, chapter: str) -> str:
    """The hash of all that the outputs of a notebook depend on, beside its own cells."""
    told = cells(text)
    found = closure(told.uses)
    lines = [f"{module} {sources()[module].code}" for module in sorted(found)]
    files = [ROOT / "requirements.txt", *tables(found), *kept(chapter, told, found)]
    lines += [f"{path.relative_to(ROOT).as_posix()} {_hash(path)}" for path in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def stamp(text: str, chapter: str) -> str:
    """The notebook's text with its state in the kernelspec."""
    stamped, count = KERNEL.subn(f"kernelspec:\n  state: '{state(text, chapter)}'\n", text, count=1)
    if not count:
        raise ValueError("a notebook has no `kernelspec:` in its header, so its outputs cannot be kept")
    return stamped
