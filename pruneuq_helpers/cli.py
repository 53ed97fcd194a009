"""The command `pruneuq`: run chapters at any scale, plan and watch runs, score exercises, audit a network."""

import os
import sys
from pathlib import Path

import click

from pruneuq_helpers.audit.command import audit
from pruneuq_helpers.chapters import CHAPTERS, find
from pruneuq_helpers.commands.check import check
from pruneuq_helpers.commands.compare import compare
from pruneuq_helpers.commands.execute import execute
from pruneuq_helpers.commands.plan import plan
from pruneuq_helpers.commands.results import results
from pruneuq_helpers.commands.settings import setting
from pruneuq_helpers.commands.status import status
from pruneuq_helpers.errors import ParameterError, StudyError
from pruneuq_helpers.study.profiles import PROFILES, changes, checkout, plain


class OneSentence(click.Group):
    """Says in one sentence what a command refuses."""

    def invoke(self, ctx: click.Context):
        try:
            return super().invoke(ctx)
        except (ParameterError, StudyError) as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=OneSentence, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pruneuq")
def main() -> None:
    """What happens to a network's uncertainty when you prune it: the book's chapters, and a network of your own."""
    for stream in (sys.stdout, sys.stderr):  # a console that has no minus sign gets a question mark, and no traceback
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


@main.command()
def chapters() -> None:
    """List the chapters: number, title, source, minutes to read, data."""
    rows = [("no", "title", "source", "minutes to read", "data")]
    rows += [(c.number, c.title, c.source, str(c.minutes), c.data) for c in CHAPTERS]
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    for row in rows:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


@main.command()
@click.argument("chapter")
@click.option("--profile", default="quick", help=f"One of {', '.join(PROFILES)}, or a YAML file of parameters.")
@click.option("-p", "settings", multiple=True, metavar="NAME=VALUE", help="Set one parameter; can be repeated.")
@click.option("--out", help="Folder for results (default: the notebook's own, runs/).")
@click.option("--cluster", metavar="ADDRESS", help="Compute the cells on the Dask cluster with this scheduler.")
def run(chapter: str, profile: str, settings: tuple[str, ...], out: str | None, cluster: str | None) -> None:
    """Run CHAPTER (a number or file name) from top to bottom; its results go to OUT/PROFILE/CHAPTER.

    Called again after an interrupt, a kill or a reboot, it goes on with the cells that are not stored yet.
    """
    which = find(chapter)
    values = changes(which.name, profile) | dict(map(setting, settings))
    if out is not None:
        values |= plain({"out": out and str(Path(out).absolute())}, "option --out")
    notebook = checkout() / "notebooks" / f"{which.name}.ipynb"
    folder = _folder(values, which.name)
    if cluster:
        os.environ["PRUNEUQ_CLUSTER"] = cluster  # read in the notebook's process, which inherits it
    execute(notebook, folder / f"{which.name}.ipynb", values)
    click.echo(f"{which.name} ran; its notebook, tables and claims are in {folder}")


def _folder(values: dict, name: str) -> Path:
    """The study's folder: `profile` and `out` are checked, and it is tried, before there is a notebook's process."""
    from pruneuq_helpers.study import Study

    class Place(Study):
        chapter = name

    return Place(seeds=1, **{key: values[key] for key in ("profile", "out") if key in values}).folder


@main.command()
@click.option("--data", "root", default="data", help="The folder where data sets are looked for.")
def doctor(root: str) -> None:
    """Examine this machine: each line is ok, or says how to mend it."""
    from pruneuq_helpers.commands.doctor import examine

    lines = examine(root)
    for ok, text in lines:
        click.echo(f"{'ok  ' if ok else 'MEND'}  {text}")
    if not all(ok for ok, _ in lines):
        sys.exit(1)


for command in (audit, check, compare, plan, results, status):
    main.add_command(command)


if __name__ == "__main__":
    main()
