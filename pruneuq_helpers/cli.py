"""The command `pruneuq`: list the chapters, run one at any scale, and see whether this machine is ready."""

import sys
from pathlib import Path

import click

from .chapters import CHAPTERS, PROFILES, checkout, find, parameters
from .errors import ParameterError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pruneuq")
def main() -> None:
    """What happens to a network's uncertainty when you prune it: run the book's chapters."""


@main.command()
def chapters() -> None:
    """List the chapters: number, title, source, minutes, data."""
    rows = [("no", "title", "source", "minutes", "data")]
    rows += [(c.number, c.title, c.source, str(c.minutes), c.data) for c in CHAPTERS]
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    for row in rows:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _setting(text: str) -> tuple[str, object]:
    """A `name=value` of the command line; the value is read as YAML, as in a profile."""
    import yaml

    name, separator, value = text.partition("=")
    if not separator or not name.isidentifier():
        raise ParameterError(f"option -p got {text!r}; it takes name=value")
    return name, yaml.safe_load(value)


def _failure(error) -> str:
    """The failing cell and its error, in a few lines."""
    source = "\n".join(f"    {line}" for line in error.source.rstrip().splitlines())
    return f"cell {error.exec_count} failed:\n{source}\n{error.ename}: {error.evalue}"


@main.command()
@click.argument("chapter")
@click.option("--profile", default="quick", help=f"One of {', '.join(PROFILES)}, or a YAML file of parameters.")
@click.option("-p", "settings", multiple=True, metavar="NAME=VALUE", help="Set one parameter; can be repeated.")
@click.option("--out", help="Folder for results (default: the notebook's own, runs/).")
def run(chapter: str, profile: str, settings: tuple[str, ...], out: str | None) -> None:
    """Run CHAPTER (a number or file name) from top to bottom; its results go to OUT/PROFILE/CHAPTER."""
    import papermill

    try:
        which = find(chapter)
        values = parameters(which, profile) | dict(map(_setting, settings))
        notebooks = checkout() / "notebooks"
    except ParameterError as error:
        raise click.ClickException(str(error)) from None
    base = Path(out).absolute() if out else checkout() / "runs"
    if out:
        values["out"] = str(base)
    target = base / values.get("profile", "quick") / which.name / f"{which.name}.ipynb"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"option --out got {out}; it takes a folder that can be written ({error.strerror})") from None
    try:
        papermill.execute_notebook(
            notebooks / f"{which.name}.ipynb", target, parameters=values, cwd=str(notebooks), progress_bar=sys.stderr.isatty()
        )
    except papermill.PapermillExecutionError as error:
        raise click.ClickException(f"{_failure(error)}\nThe notebook up to there: {target}") from None
    click.echo(f"{which.name} ran; its notebook, tables and claims are in {target.parent}")


@main.command()
@click.option("--data", "root", default="data", help="The folder where data sets are looked for.")
def doctor(root: str) -> None:
    """Examine this machine: each line is ok, or says how to mend it."""
    from .doctor import examine

    lines = examine(root)
    for ok, text in lines:
        click.echo(f"{'ok  ' if ok else 'MEND'}  {text}")
    if not all(ok for ok, _ in lines):
        sys.exit(1)
