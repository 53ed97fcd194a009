"""What a chapter says of itself in its source: its title, what it needs, and its parameters."""

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDS = re.compile(r"^\*\*You need\*\*(.*?)(?=^\s*$|^\*\*|^```)", re.S | re.M)
NAMED = re.compile(r"\b[Cc]hapters? (\d+(?:(?:, | and |, and )\d+)*)|\{doc\}`(?:[^`<]*<)?(?:/?notebooks/)?(\d\d)_")
PARAMETERS = re.compile(r"^```\{code-cell\}[^\n]*\n:tags: \[[^\]\n]*\bparameters\b[^\]\n]*\]\n(.*?)^```", re.S | re.M)


@dataclass(frozen=True)
class Parameter:
    """One line of the parameters cell."""

    name: str
    value: object
    meaning: str


def chapters() -> list[Path]:
    """The sources of all chapters, in order."""
    return sorted((ROOT / "notebooks").glob("[0-9]*.md"))


def title(text: str) -> str:
    """The chapter's first heading."""
    return re.search(r"^# (.+)$", text, re.M)[1]


def needs(text: str) -> tuple[set[int], set[int]]:
    """Numbers of the chapters that a reader must know, and of those that help."""
    paragraph = NEEDS.search(text)
    if paragraph is None:
        raise ValueError(f"the chapter `{title(text)}` does not say what **You need**")
    must, helps = set(), set()
    for sentence in re.split(r"(?<=[.;])\s+", paragraph[1]):
        for numbers, file in NAMED.findall(sentence):
            (helps if " help" in sentence else must).update(map(int, re.findall(r"\d+", numbers or file)))
    return must, helps - must


def parameters(text: str) -> list[Parameter]:
    """The parameters cell: every name, its value, and the comment beside or above it."""
    cell = PARAMETERS.search(text)[1]
    tokens = tokenize.generate_tokens(io.StringIO(cell).readline)
    comments = {token.start[0]: token for token in tokens if token.type == tokenize.COMMENT}
    found = []
    for node in ast.parse(cell).body:
        beside = [comments[line] for line in range(node.lineno, node.end_lineno + 1) if line in comments]
        above = comments.get(node.lineno - 1)
        if not beside and above is not None and above.start[1] == 0:
            beside = [above]
        meaning = " ".join(comment.string.removeprefix("#").strip() for comment in beside)
        found.append(Parameter(node.targets[0].id, ast.literal_eval(node.value), meaning))
    return found
