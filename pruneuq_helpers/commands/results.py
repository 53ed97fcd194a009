"""`pruneuq results`: the results that are kept with the book."""

import sys

import click


@click.group()
def results() -> None:
    """Look after the results that are kept in book/results."""


@results.command()
def check() -> None:
    """List the kept results; ends with 1 where one is stale, because code or parameters changed since."""
    from pruneuq_helpers.results import check as check_all

    found = check_all()
    if found.empty:
        click.echo("no results are kept in book/results")
    for row in found.itertuples():
        why = f": {row.why}" if row.why else ""
        click.echo(f"{row.state:<9}{row.profile}/{row.chapter}, run on {row.run} at commit {row.commit}{why}")
    if (found["state"] == "stale").any():
        sys.exit(1)
