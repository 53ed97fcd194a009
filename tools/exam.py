"""Exam sheets from the bank of questions in `book/teaching/exam.md`: for students, and with answers for teachers.

A question's numbers are drawn for each version of a sheet; its code computes the answer and checks it on the way.
"""

import argparse
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jinja2 import Environment, StrictUndefined
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
BANK = ROOT / "book" / "teaching" / "exam.md"
TARGET = ROOT / "_build" / "exam"  # the folder of teachers' notebooks is written anew as a whole
TEACHERS = ROOT / "_build" / "instructor"
MINUTES_A_POINT = 2
KINDS = ("number", "words", "choice")
HEAD = re.compile(r"\*chapter (\d+) · (\d+) points? · (\w+)\*\n")
CODE = re.compile(r"^```python\n(.*?)^```\n", re.S | re.M)
ANSWER = "**Answer.**"
TEMPLATES = Environment(undefined=StrictUndefined, autoescape=False)
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 42em; margin: 2em auto; padding: 0 1em; }}
h2 {{ font-size: 1.1em; margin-top: 2em; break-after: avoid; }}</style></head>
<body>{body}</body></html>
"""


@dataclass(frozen=True)
class Question:
    """One question of the bank, before its numbers are drawn."""

    title: str
    chapter: int
    points: int
    kind: str
    asked: str
    code: str
    answered: str

    def drawn(self, seed: tuple[int, ...]) -> tuple[str, str, dict]:
        """The text, the answer, and all names that its code set, for one draw of its numbers."""
        names = _tools(np.random.default_rng(seed)) if self.code else {}
        exec(compile(self.code, f"exam question `{self.title}`", "exec"), names)
        texts = (TEMPLATES.from_string(text).render(names) for text in (self.asked, self.answered))
        return (*texts, names)


def _tools(rng) -> dict:
    """What the code of a question may use; `pick` draws one of its arguments."""
    import torch
    from scipy import stats

    from pruneuq_helpers import audit, metrics, models, pruning, uncertainty

    def pick(*choices):
        return choices[int(rng.integers(len(choices)))]

    return {
        "np": np, "torch": torch, "stats": stats, "pick": pick, "audit": audit, "metrics": metrics,
        "models": models, "pruning": pruning, "uncertainty": uncertainty,
    }  # fmt: skip


def read(text: str) -> list[Question]:
    """The questions of a bank, in order; what one lacks is said."""
    found = []
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        title, _, body = section.partition("\n")
        head = HEAD.match(body)
        if head is None or head[3] not in KINDS or body.count(ANSWER) != 1:
            raise ValueError(f"the question `{title}` needs `*chapter 2 · 3 points · number*` and one {ANSWER}")
        asked, _, answered = body[head.end() :].partition(ANSWER)
        code = CODE.search(asked)
        if (code is None) == (head[3] == "number"):
            raise ValueError(f"the question `{title}` needs code that checks its answer, if and only if it is a number")
        found.append(
            Question(
                title, int(head[1]), int(head[2]), head[3], CODE.sub("", asked).strip(),
                code[1] if code else "", answered.strip(),
            )
        )  # fmt: skip
    return found


def chosen(bank: list[Question], chapters: list[int], minutes: int, seed: int) -> list[Question]:
    """Questions for an exam: of each chapter in turn, in random order, as long as time is left."""
    rng = np.random.default_rng(seed)
    piles = {number: [one for one in bank if one.chapter == number] for number in chapters}
    for pile in piles.values():
        rng.shuffle(pile)
    found: list[Question] = []
    while any(piles.values()):
        for pile in piles.values():
            if pile:
                one = pile.pop()
                if MINUTES_A_POINT * (sum(other.points for other in found) + one.points) <= minutes:
                    found.append(one)
    return found


def sheet(questions: list[Question], title: str, seed: tuple[int, ...], answers: bool) -> str:
    """A sheet in Markdown, with or without answers."""
    points = sum(one.points for one in questions)
    lines = [f"# {title}", f"{points} points, {MINUTES_A_POINT * points} minutes."]
    for number, one in enumerate(questions, 1):
        asked, answered, _ = one.drawn((*seed, sum(map(ord, one.title))))
        lines += [f"## {number}. {one.title} ({one.points} points)", asked]
        if answers:
            lines += [f"*Chapter {one.chapter}.* {ANSWER} {answered}"]
    return "\n\n".join(lines) + "\n"


def write(name: str, text: str, folder: Path) -> None:
    """A sheet as Markdown, to be changed, and as a page, to be printed."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    page = PAGE.format(title=text.partition("\n")[0].lstrip("# "), body=MarkdownIt("commonmark").render(text))
    (folder / f"{name}.html").write_text(page, encoding="utf-8")


def whole(folder: Path = TEACHERS) -> None:
    """Write all questions with their answers, and what teachers need for the capstone."""
    write("exam_questions", sheet(read(BANK.read_text(encoding="utf-8")), "All questions", (0,), True), folder)
    shutil.copy(BANK.with_name("capstone.md"), folder / "capstone.md")
    print(f"All exam questions with their answers are in {folder}")


def main(chapters: list[int], minutes: int, versions: int, seed: int, folder: Path = TARGET) -> None:
    """Write an exam in so many versions: the same questions, other numbers, another order."""
    questions = chosen(read(BANK.read_text(encoding="utf-8")), chapters, minutes, seed)
    if not questions:
        sys.exit(f"no question of chapters {chapters} fits into {minutes} minutes")
    for version in range(versions):
        order = np.random.default_rng((seed, version)).permutation(len(questions)) if version else range(len(questions))
        mixed, letter = [questions[place] for place in order], chr(ord("A") + version)
        for name, answers in ((f"sheet_{letter}", False), (f"answers_{letter}", True)):
            write(name, sheet(mixed, f"Pruning and uncertainty, version {letter}", (seed, version), answers), folder)
    filled = MINUTES_A_POINT * sum(one.points for one in questions)
    said = f"{len(questions)} questions, {filled} of {minutes} minutes, in {versions} versions"
    print(f"{said}; the sheets and their answers are in {folder}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chapters", default="1-10", help="such as 2,4,5 or 2-5")
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--versions", type=int, default=2, help="with other numbers, in another order")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another exam")
    parser.add_argument("--all", action="store_true", help="every question with its answer, and no exam")
    asked = parser.parse_args()
    if asked.all:
        sys.exit(whole())
    spans = [span.partition("-") for span in asked.chapters.split(",")]
    try:
        wanted = [number for low, _, high in spans for number in range(int(low), int(high or low) + 1)]
    except ValueError:
        parser.error(f"--chapters got {asked.chapters}; it takes such as 2,4,5 or 2-5")
    main(wanted, asked.minutes, asked.versions, asked.seed)
