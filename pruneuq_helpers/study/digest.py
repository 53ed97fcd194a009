"""One digest of the package's code, docstrings and comments aside: it stands in each record, and in no key."""

import ast
import hashlib
from functools import cache
from pathlib import Path

from pruneuq_helpers.data.files import remembered

PACKAGE = Path(__file__).resolve().parent.parent


@cache
def package_digest(package: Path = PACKAGE) -> str:
    """Of all code of the package, as it is when a process first asks: 12 hexadecimal digits."""
    files = sorted(package.rglob("*.py"))
    return remembered("code", files, lambda: _digest(package, files))


def _digest(package: Path, files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + code_digest(path.read_text("utf-8")))
    return digest.hexdigest()[:12]


def code_digest(source: str) -> bytes:
    """Of one file's syntax tree, so that comments, docstrings and the layout of lines do not count."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        if isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).digest()
