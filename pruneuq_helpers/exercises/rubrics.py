"""How open answers are marked: points by criterion, from a file beside the book's pages, for teachers' copies alone."""

from pathlib import Path

Rubric = list[tuple[int, str]]


def rubrics(chapter: Path) -> dict[str, Rubric]:
    """The rubrics of the book that a chapter's file belongs to, by the label of the exercise."""
    import yaml

    path = chapter.resolve().parent.parent / "book" / "teaching" / "rubrics.yml"
    if not path.exists():
        return {}
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {label: [(int(points), str(said)) for points, said in lines] for label, lines in read.items()}


def table(rubric: Rubric) -> str:
    """A rubric as a Markdown table."""
    rows = [f"| {points} | {said} |" for points, said in rubric]
    whole = f"| **{sum(points for points, _ in rubric)}** | **in all** |"
    return "\n".join(["| points | for |", "|---|---|", *rows, whole])
