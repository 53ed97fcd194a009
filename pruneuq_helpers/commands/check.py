"""The command `pruneuq check`: a score for a notebook, or a table for a folder of them."""

import csv
from pathlib import Path
from typing import TextIO

import click

from pruneuq_helpers.exercises.submissions import COLUMNS, Score, score, score_folder, submissions


@click.command()
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option("--seconds", default=60, type=click.IntRange(min=1), help="Time limit of one answer (default: 60).")
@click.option("--jobs", default=1, type=click.IntRange(min=1), help="Submissions at a time (default: 1).")
@click.option("--csv", "table", type=click.Path(path_type=Path), help="The table of a folder (default: in it).")
def check(notebook: Path, seconds: int, jobs: int, table: Path | None) -> None:
    """Score the exercises in NOTEBOOK, or in every notebook of a folder of submissions.

    The checks are the book's own, whatever became of those in the file. It runs the code of the submission.
    """
    if not notebook.is_dir():
        if table:
            raise click.ClickException(f"option --csv got {table}; it is for a folder of submissions, not for one")
        one = score(notebook, seconds)
        if one.problem:
            raise click.ClickException(one.lines()[0])
        click.echo("\n".join(one.lines()))
        return
    if not submissions(notebook):
        raise click.ClickException(f"{notebook} holds no notebook")
    table = table or notebook / "scores.csv"
    try:
        with open(table, "w", newline="", encoding="utf-8") as file:
            count = _write(file, notebook, seconds, jobs)
    except OSError as error:
        message = f"option --csv got {table}; it takes a file that can be written ({error.strerror})"
        raise click.ClickException(message) from None
    click.echo(f"{count} submission{'s' * (count != 1)}; the table is in {table}")


def _write(file: TextIO, folder: Path, seconds: int, jobs: int) -> int:
    """A row as soon as a submission is scored, so that an interrupt loses none."""
    rows = csv.DictWriter(file, COLUMNS)
    rows.writeheader()

    def tell(one: Score) -> None:
        click.echo(one.lines()[0])
        rows.writerow(one.row())
        file.flush()

    return len(score_folder(folder, seconds, jobs, tell))
