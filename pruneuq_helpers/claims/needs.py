"""Conditions under which a table can decide a claim; each says why it cannot, or nothing."""

from collections.abc import Callable

import pandas as pd

from pruneuq_helpers import text

CAPPED = 0.02  # share of trainings that a limit of epochs may end


def only(column: str, *values: object) -> Callable[[pd.DataFrame], str]:
    """Of these values of a column: a finding on VGG on networks like it, one on moons on moons."""

    def reason(table: pd.DataFrame) -> str:
        there = set(table[column].dropna()) if column in table else set()
        if there & set(values):
            return ""
        has = ", ".join(sorted(map(text.called, there))) or "none"
        return f"it is about {', '.join(map(text.called, values))}, and the run has {has}"

    return reason


def above_chance(measure: Callable[[pd.DataFrame], pd.Series], classes: int = 10) -> Callable[[pd.DataFrame], str]:
    """The accuracies that `measure` gives are, in the mean, at least half way from chance to 1."""

    def reason(table: pd.DataFrame) -> str:
        mean = measure(table).mean()
        if not mean < (1 + 1 / classes) / 2:
            return ""
        return f"the dense networks name the right class in {100 * mean:.0f} % of the images: too near to chance"

    return reason


def not_capped(measure: Callable[[pd.DataFrame], pd.Series]) -> Callable[[pd.DataFrame], str]:
    """A limit ended no more than one in fifty of the trainings for which `measure` says whether it did."""

    def reason(table: pd.DataFrame) -> str:
        share = float(measure(table).astype(float).mean())
        return f"a limit of epochs ended {text.number(100 * share, 0)} % of the trainings" if share > CAPPED else ""

    return reason
