"""What a command needs beyond the bare package."""

from importlib.util import find_spec

import click


def require_book(what: str) -> None:
    """Refuse in a sentence where the packages of the book are missing."""
    missing = next((name for name in ("papermill", "jupytext", "nbformat", "IPython") if find_spec(name) is None), None)
    if missing:
        raise click.ClickException(f"{what} needs the package {missing}: pip install 'pruneuq[book]' brings it")
