"""What S0 says of tickets on moons, and what the book asks besides, as rules that the table of chapter 3 decides.

All is paired by seed. S0 says "one-shot" of two strategies: its sentence on large ratios is judged on the one that
keeps its trained weights, that on the accuracy of iterative tickets on re-initialised ones.
"""

from collections.abc import Callable

import pandas as pd

from pruneuq_helpers.chapters.lottery_tickets.measures import (
    Levels,
    Measure,
    at_equal_size,
    by_seed,
    difference,
    hasty_collapses,
    high,
    main,
    nearest,
    on,
    rank_correlation,
    up_to_half,
)
from pruneuq_helpers.claims import MARGINS, Claim, above_chance, not_capped, only, published

KINDS = ("one-shot", "re-initialised", "random", "iterative")  # the four that S0 compares
CLASSES = {"moons": 2, "mnist": 10}
A_TENTH = MARGINS["epochs"].value


def table(run: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """The tickets, and below them the dense networks of several depths."""
    found = {part: run(part) for part in ("tickets", "depth")}
    rows = [own.assign(part=part) for part, own in found.items() if len(own)]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()


def _within(which: Levels, low: float, high: float) -> Levels:
    """Levels of a kind where they are near to what a finding speaks of: a run without such levels says nothing."""
    return lambda levels: [level for level in which(levels) if low <= level <= high]


LOW = _within(up_to_half, 0.0, 0.6)
HALF = _within(lambda levels: nearest(levels, 0.5), 0.4, 0.6)
AT_80 = _within(lambda levels: nearest(levels, 0.8), 0.75, 0.85)
HIGH = _within(high, 0.7, 1.0)


def _all_less_dense(rows: pd.DataFrame) -> pd.Series:
    """Accuracy of the four strategies, mean over them, less that of the dense network, levels up to half."""
    each = [difference("accuracy", kind, "dense", LOW)(rows) for kind in KINDS]
    return pd.concat(each, axis=1).mean(axis=1, skipna=False).dropna()


def _dense_accuracy(rows: pd.DataFrame) -> pd.Series:
    return by_seed(main(rows), "accuracy", "dense", [])


def _ended(strategies: tuple[str, ...], which: Levels) -> Measure:
    """Whether the limit of epochs ended the trainings that are compared."""

    def capped(rows: pd.DataFrame) -> pd.Series:
        rows = main(rows)
        there = rows["strategy"].isin(strategies) & (rows["level"].isin(which(rows["level"])) | (rows["level"] == 0))
        return rows.loc[there, "capped"]

    return capped


def _claim(name: str, source: str, place: str, quote: str, data: str, **rule) -> Claim:
    """A claim on the tickets of one data set; `of` names the strategies and `which` the levels that it compares."""
    of, which = rule.pop("of"), rule.pop("which")
    needs = [only("data", data)]
    if rule["measured"] == "accuracy":
        needs.append(above_chance(on(data, _dense_accuracy), CLASSES[data]))
    # On MNIST a limit also decides the accuracy: there a ticket learns until it is stopped.
    if rule["measured"] == "epochs" or data == "mnist":
        needs.append(not_capped(on(data, _ended(of, which))))
    rule["measure"] = on(data, rule.get("measure") or difference(rule.pop("column"), *of, which))
    return Claim(name, "03", source, place, quote, part="tickets", needs=tuple(needs), **rule)


def _s0(name: str, place: str, quote: str, **rule) -> Claim:
    return _claim(f"S0.{name}", "S0", place, quote, "moons", **rule)


def _book(name: str, **rule) -> Claim:
    return _claim(f"book.{name}", "book", "ch. 3", "", "moons", **rule)


def _both(name: str, place: str, quote: str, **rule) -> list[Claim]:
    """S0's finding on moons, and the same rule on MNIST, of which S0 says nothing."""
    there = {
        "short": f"MNIST: {rule['short'].removesuffix(' (moons)')}",
        "finding": f"On MNIST: {rule['finding'][0].lower()}{rule['finding'][1:]}",
        "printed": None,
    }
    own = f"book.mnist.{name.partition('.')[2]}"
    return [_s0(name, place, quote, **rule), _claim(own, "book", "ch. 3", "", "mnist", **rule | there)]


def _fig8() -> float:
    """The change of ECE that S0's Fig 8 shows, from the dense network to its highest level."""
    drawn = published.table("S0_figures").query("place == 'Fig 8'").set_index("strategy")["value"]
    return drawn["iterative"] - drawn["dense"]


CLAIMS = [
    _s0(
        "fig4.tickets-learn-fast", "§3.1.1, Fig 4",
        "sub networks networks that learn at least as fast as their counter larger parts",
        short="tickets learn as fast",
        finding="Tickets learn at least as fast as the dense network.",
        effect="best epoch of re-initialised tickets minus dense, levels up to half, in trainings of the dense network",
        measured="epochs", measure=difference("best_epoch", "re-initialised", "dense", LOW, scaled=True),
        of=("re-initialised", "dense"), which=LOW, direction="<", boundary=A_TENTH,
    ),
    _s0(
        "s312.one-shot-at-half", "§3.1.2",
        "winning tickets at 0.5 pruning ratio with comparable accuracy to the unpruned network",
        short="one shot at half: as accurate",
        finding="Pruned once to half of its units, a network is as accurate as the dense one.",
        effect="accuracy of one-shot minus dense, level nearest to 0.5",
        measured="accuracy", column="accuracy", of=("one-shot", "dense"), which=HALF, direction="=",
    ),
    _s0(
        "s312.one-shot-poor-at-high", "§3.1.2",
        "one-shot pruning performs poorly for a large pruning ratio",
        short="rounds beat one shot that is mended",
        finding="At high levels one shot that keeps its trained weights falls behind iterative tickets.",
        effect="accuracy of iterative minus one-shot, high levels",
        measured="accuracy", column="accuracy", of=("iterative", "one-shot"), which=HIGH,
    ),
    _s0(
        "s313.reinitialised-at-half", "§3.1.3",
        "with proper re initialisation, pruned models learn faster with similar test accuracy",
        short="re-initialised at half: as accurate",
        finding="Reset to their initial values, half of the units reach the accuracy of the dense network.",
        effect="accuracy of re-initialised minus dense, level nearest to 0.5",
        measured="accuracy", column="accuracy", of=("re-initialised", "dense"), which=HALF, direction="=",
    ),
    _s0(
        "fig5.low-levels-hold", "§3.2, Fig 5",
        "Different kind of pruning techniques for low pruning ratio",
        short="at low levels every start holds",
        finding="Up to half of the units, every way to prune keeps the accuracy.",
        effect="accuracy minus dense, mean over one-shot, re-initialised, random and iterative, levels up to half",
        measured="accuracy", measure=_all_less_dense, of=(*KINDS, "dense"), which=LOW, direction="=",
    ),
    _s0(
        "fig5.random-falls-behind", "§3.1.4, Fig 5",
        "random reinitialised winning tickets test accuracy drops off significantly",
        short="random starts fall behind",
        finding="Random starts, new networks of the smaller size, fall behind tickets with their own initial values.",
        effect="accuracy of random minus re-initialised, high levels",
        measured="accuracy", column="accuracy", of=("random", "re-initialised"), which=HIGH, direction="<",
    ),
    *_both(
        "fig5.iterative-above-base", "§3.2",
        "the test accuracy is retained above the base accuracy even when",
        short="in rounds: above dense at 80 %",
        finding="Iterative tickets stay above the accuracy of the dense network at 80 % and more.",
        effect="accuracy of iterative minus dense, high levels",
        measured="accuracy", column="accuracy", of=("iterative", "dense"), which=HIGH,
    ),
    _s0(
        "s32.iterative-beats-one-shot", "§3.2",
        "reach higher test accuracy for smaller network size",
        short="rounds beat one shot, high levels",
        finding="At high levels iterative tickets are more accurate than re-initialised ones, pruned in one shot.",
        effect="accuracy of iterative minus re-initialised, high levels as named",
        measured="accuracy", column="accuracy", of=("iterative", "re-initialised"), which=HIGH,
    ),
    *_both(
        "fig8.ece-falls", "§5.2, Fig 8",
        "pruning has a positive effect on the calibration of a network",
        short="pruning lowers the ECE (moons)",
        finding="Pruning improves calibration.",
        effect="ECE of iterative minus dense, high levels",
        measured="ECE", column="ece", of=("iterative", "dense"), which=HIGH, direction="<", printed=_fig8(),
    ),
    _s0(
        "fig8.two-points-of-accuracy", "§5.2, Fig 8",
        "pruned model is reduced only by 2%",
        short="at 80 % two points of accuracy lost",
        finding="At level 0.8 no more than two points of accuracy are lost.",
        effect="accuracy of iterative minus dense, level nearest to 0.8",
        measured="accuracy", column="accuracy", of=("iterative", "dense"), which=AT_80, boundary=-0.02,
    ),
    _s0(
        "fig8.five-points", "§5.2, Fig 8",
        "the ECE has improved by 5% from the baseline",
        short="at 80 % five points of ECE won",
        finding="At level 0.8 the calibration error is five points lower.",
        effect="ECE of iterative minus dense, level nearest to 0.8",
        measured="ECE", column="ece", of=("iterative", "dense"), which=AT_80, direction="<", boundary=-0.05,
    ),
    _s0(
        "fig8.ece-falls-with-level", "§5.2, Fig 8",
        "yields a drop in accuracy but improves model calibration",
        short="the more, the lower the ECE (moons)",
        finding="The more is pruned, the better the calibration, from the dense network to the highest level.",
        effect="rank correlation of level and ECE, dense and iterative",
        measured="correlation", measure=rank_correlation("ece", "iterative"),
        of=("iterative", "dense"), which=HIGH, direction="<",
    ),
    _book(
        "iterative-beats-one-shot-at-equal-size",
        short="rounds beat one shot of equal size",
        finding="At high levels iterative tickets are more accurate than re-initialised ones of as many units.",
        effect="accuracy of iterative minus re-initialised, high levels, at the fraction of units really removed",
        measured="accuracy", measure=at_equal_size(HIGH), of=("iterative", "re-initialised", "dense"), which=HIGH,
    ),
    Claim(
        "book.patience-three-collapses", "03", "book", "ch. 3", "",
        short="a short patience collapses deep networks",
        finding="A short patience makes more than one in twenty deep networks collapse that a longer one saves.",
        effect="share of seeds that collapse with the short patience only, deepest dense network on moons",
        measured="share", measure=hasty_collapses, boundary=0.05, interval="exact", part="depth",
    ),
]  # fmt: skip
