"""`pruneuq results`: the results of larger runs that are kept with the book."""

import sys

import click

from pruneuq_helpers.commands.settings import Seconds
from pruneuq_helpers.study.profiles import checkout


@click.group()
def results() -> None:
    """Look after the results that are kept in book/results."""


@results.command("list")
def list_kept() -> None:
    """List what is kept: cells, seeds, hours of one worker, size."""
    for row in _checked():
        size = f"{row.bytes / 1e3:.0f} kB"
        click.echo(
            f"{row.profile}/{row.chapter}/{row.part}: {row.cells} cells, {row.seeds} seeds, {row.hours} h, {size}"
        )


@results.command()
def check() -> None:
    """Say of every part whether the checkout would still give what is kept; ends with 1 where one would not."""
    rows = _checked()
    for row in rows:
        click.echo(f"{row.profile}/{row.chapter}/{row.part}: {row.state}")
    if any(row.state.startswith(("older", "other", "no such")) for row in rows):
        sys.exit(1)


@results.command()
@click.argument("profile")
@click.argument("chapter", required=False)
@click.option("--out", default="runs", show_default=True, help="Folder of the run's results.")
def keep(profile: str, chapter: str | None, out: str) -> None:
    """Keep what the runs of PROFILE have so far, of all chapters or of one: half a run can go on elsewhere."""
    from pruneuq_helpers.chapters import find
    from pruneuq_helpers.checks import paths
    from pruneuq_helpers.study.results import keep_run

    checkout()
    paths.path("out", out, "the path of a folder")
    for which in [find(chapter)] if chapter else _run_in(profile, out):
        for part, new, all_ in keep_run(profile, which.study, out):
            click.echo(f"{profile}/{which.name}/{part}: {new} new cells, {all_} kept")


@results.command()
@click.argument("profile", required=False)
@click.argument("chapter", required=False)
@click.option("--seconds", type=Seconds(), default=60, show_default=True, help="To spend on each chapter.")
def recheck(profile: str | None, chapter: str | None, seconds: float) -> None:
    """Compute the cheapest kept cells again and say how far they are off; ends with 1 where one differs here."""
    from pruneuq_helpers.chapters import find
    from pruneuq_helpers.errors import ParameterError
    from pruneuq_helpers.study.results import kept_folders
    from pruneuq_helpers.study.results import recheck as of

    checkout()
    wrong, wanted = False, None if chapter is None else find(chapter).name
    known = sorted({folder.parent.name for folder in kept_folders()})
    if profile is not None and profile not in known:
        raise ParameterError(f"parameter `profile` got {profile!r}; it takes one that is kept, {', '.join(known)}")
    for folder in kept_folders():
        if (profile or folder.parent.name) == folder.parent.name and (wanted or folder.name) == folder.name:
            for found in of(folder.parent.name, find(folder.name).study, seconds):
                said = found.differences[0] if found.differences else "the same"
                where = "" if found.same_machine else " (kept from another machine)"
                click.echo(f"{found.held.profile}/{found.held.chapter}/{found.held.part}{where}: {said}")
                wrong |= bool(found.differences) and found.same_machine
    if wrong:
        sys.exit(1)


def _checked() -> list:
    from pruneuq_helpers.chapters import find
    from pruneuq_helpers.study.results import check as check_all

    checkout()
    found = check_all(lambda chapter: find(chapter).study)
    if found.empty:
        click.echo("no results are kept in book/results")
    return list(found.itertuples())


def _run_in(profile: str, out: str) -> list:
    from pruneuq_helpers.chapters import CHAPTERS
    from pruneuq_helpers.errors import ParameterError
    from pruneuq_helpers.study.parameters import repository

    there = [chapter for chapter in CHAPTERS if (repository() / out / profile / chapter.name / "cells").is_dir()]
    if not there:
        raise ParameterError(f"parameter `profile` got {profile!r}; it takes one of which a run is stored in {out}")
    return there
