"""The command `pruneuq check`: a score for a notebook, or a table for a folder of them."""

import csv
from pathlib import Path

import click

from ..exercises.submissions import COLUMNS, score, score_folder


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
        one = score(notebook, seconds)
        if one.problem:
            raise click.ClickException(one.lines()[0])
        click.echo("\n".join(one.lines()))
        return
    scores = score_folder(notebook, seconds, jobs, click.echo)
    if not scores:
        raise click.ClickException(f"{notebook} holds no notebook")
    table = table or notebook / "scores.csv"
    try:
        with open(table, "w", newline="", encoding="utf-8") as file:
            rows = csv.DictWriter(file, COLUMNS)
            rows.writeheader()
            rows.writerows(one.row() for one in scores)
    except OSError as error:
        message = f"option --csv got {table}; it takes a file that can be written ({error.strerror})"
        raise click.ClickException(message) from None
    click.echo(f"{len(scores)} submission{'s' * (len(scores) != 1)}; the table is in {table}")
