"""The ledger as a picture: bars of verdicts by paper, a panel a scale."""

import pandas as pd

from pruneuq_helpers.figures.styling import CARD, COLOURS, HATCHES, INK, MUTED, new_figure

WORDS = ("holds", "fails", "undecided", "not run")
FACES = dict(zip(WORDS, (*COLOURS[:3], CARD), strict=True))
MARKS = dict(zip(WORDS, (*HATCHES[:3], ""), strict=True))


def draw(counts: pd.DataFrame):
    """Bars of `pruneuq_helpers.ledger.counts`: papers downwards, a panel a scale."""
    scales = list(dict.fromkeys(counts.index.get_level_values("scale")))
    figure = new_figure(7.6, 3.4)
    panels = figure.subplots(1, len(scales), sharey=True, squeeze=False)[0]
    for panel, scale in zip(panels, scales, strict=True):
        _bars(panel, counts.xs(scale, level="scale"))
        panel.set_xlabel(f"claims, {scale}")
    panels[0].invert_yaxis()
    names, labels = panels[0].get_legend_handles_labels()
    figure.legend(names, labels, loc="outside upper left", ncols=len(labels))
    return figure


def _bars(panel, part: pd.DataFrame) -> None:
    left = pd.Series(0, index=part.index)
    for word in WORDS:
        look = {"color": FACES[word], "hatch": MARKS[word], "edgecolor": MUTED if word == "not run" else CARD}
        panel.barh(part.index, part[word], left=left, height=0.72, label=word, linewidth=0.8, **look)
        for row, (paper, number) in enumerate(part[word].items()):
            if number >= 3:  # a narrower bar has no room for its number
                box = {"facecolor": CARD, "edgecolor": "none", "pad": 1, "boxstyle": "round,pad=0.15"}
                place = left[paper] + number / 2
                panel.text(place, row, number, ha="center", va="center", fontsize=8, color=INK, bbox=box)
        left = left + part[word]
    panel.grid(axis="y", visible=False)


def in_words(counts: pd.DataFrame) -> str:
    """The same numbers as a sentence for each scale."""
    sentences = []
    for scale, part in counts.groupby(level="scale", sort=False):
        said = [
            f"{paper}: {row['holds']} hold, {row['fails']} fail, {row['undecided']} undecided, {row['not run']} not run"
            for (paper, _), row in part.iterrows()
        ]
        sentences.append(f"Scale {scale}: {'; '.join(said)}.")
    return " ".join(sentences)
