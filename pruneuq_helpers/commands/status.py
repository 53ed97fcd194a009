"""`pruneuq status`: how far a run is, asked from anywhere."""

import time
from pathlib import Path

import click


@click.command()
@click.argument("run", required=False)
@click.option("--out", help="Folder of the results (default: runs/ of the checkout).")
@click.option("--watch", is_flag=True, help="Say it again every ten seconds, until Ctrl-C.")
def status(run: str | None, out: str | None, watch: bool) -> None:
    """Say how far RUN is: PROFILE/CHAPTER, a profile, a chapter or a folder; without it, all runs."""
    from pruneuq_helpers.study.parameters import repository
    from pruneuq_helpers.study.status import find_runs
    from pruneuq_helpers.study.status import status as of

    found = find_runs(run, Path(out) if out else repository() / "runs")
    while True:
        for one in found:
            click.echo("\n".join(of(one)))
        if not watch:
            return
        time.sleep(10)
