"""The code behind a study, file by file: what a stored result is compared with to say whether it is stale."""

import ast
import hashlib
import io
import tokenize
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pruneuq_helpers.source import source_files

PACKAGE = Path(__file__).parent
DIGITS = 12


def fingerprints(modules: Iterable[str], package: Path = PACKAGE) -> dict[str, str]:
    """Fingerprint every file that these modules depend on.

    Parameters
    ----------
    modules : iterable of str
        Full names of modules of the package.
    package : pathlib.Path
        Folder of the package.

    Returns
    -------
    dict
        File, relative to the folder of the package, to 12 hexadecimal digits; sorted.

    Examples
    --------
    >>> list(fingerprints(["pruneuq_helpers.errors"]))
    ['errors.py']
    """
    files = set().union(*(source_files(module, package) for module in modules))
    return {path.relative_to(package).as_posix(): fingerprint(path) for path in sorted(files)}


def fingerprint(path: Path) -> str:
    """Fingerprint the code of one file; comments, docstrings and blank lines do not count.

    Parameters
    ----------
    path : pathlib.Path
        A Python file.

    Returns
    -------
    str
        12 hexadecimal digits.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp()) / "one.py"
    >>> sizes = path.write_text("x = 1"), fingerprint(path), path.write_text("# one\\n\\nx = 1")
    >>> fingerprint(path) == sizes[1]
    True
    """
    return _fingerprint(path.read_text(encoding="utf-8"))


@cache
def _fingerprint(source: str) -> str:
    return hashlib.sha256(code_of(source).encode()).hexdigest()[:DIGITS]


def code_of(source: str) -> str:
    """The source without comments, docstrings and blank lines.

    Parameters
    ----------
    source : str
        Python code.

    Returns
    -------
    str

    Examples
    --------
    >>> code_of("x = 1  # one")
    'x = 1'
    """
    lines = source.splitlines()
    # By position: the text of a token or a parsed tree differs between versions of Python, its place does not.
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(source)):
        kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        if isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None:
            first = node.body[0]
            lines[first.lineno - 1 : first.end_lineno] = [""] * (first.end_lineno - first.lineno + 1)
    return "\n".join(line.rstrip() for line in lines if line.strip())
