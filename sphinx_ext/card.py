"""The picture that a shared link shows: the question, and a network of which a part is gone."""

from pathlib import Path

INK, PAPER, BLUE, RED, GREY = "#22262b", "#fdfcf9", "#1b6ca8", "#b4472f", "#8a929b"
UNITS, GONE = (3, 5, 4, 2), {(1, 1), (1, 3), (2, 2)}


def draw(path: Path, title: str, question: str) -> None:
    """Write the card, 1200 × 630 pixels, as networks that show links want it."""
    from matplotlib.figure import Figure

    from pruneuq_helpers.figures.styling import FONT

    fig = Figure(figsize=(12, 6.3), dpi=100, facecolor=PAPER, layout="none")  # the book's own style lays out by itself
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, 12), ylim=(0, 6.3))
    ax.axis("off")
    ax.text(0.7, 4.6, title, fontsize=42, weight=600, color=INK, va="center", family=FONT)
    ax.text(0.7, 3.1, question, fontsize=28, color=INK, va="center", linespacing=1.15, family=FONT)
    said = "an executable book: every claim is run, and decided"
    ax.text(0.7, 1.1, said, fontsize=22, color=BLUE, family=FONT)
    places = [
        [(7.9 + 1.15 * layer, 3.15 + 0.95 * (unit - (count - 1) / 2)) for unit in range(count)]
        for layer, count in enumerate(UNITS)
    ]
    for layer, units in enumerate(places[:-1]):
        for i, start in enumerate(units):
            for j, end in enumerate(places[layer + 1]):
                cut = (layer, i) in GONE or (layer + 1, j) in GONE
                style = {"color": GREY, "ls": ":", "lw": 1.2, "alpha": 0.7} if cut else {"color": BLUE, "lw": 2.2}
                ax.plot(*zip(start, end, strict=True), zorder=1, **style)
    for layer, units in enumerate(places):
        for unit, (x, y) in enumerate(units):
            gone = (layer, unit) in GONE
            edge = {"mec": GREY, "mfc": PAPER, "ls": ""} if gone else {"mec": INK, "mfc": "white", "ls": ""}
            ax.plot(x, y, "o", ms=26, mew=2.5, zorder=2, **edge)
            if gone:
                ax.plot(x, y, "x", ms=14, mew=3, color=RED, zorder=3)
    fig.savefig(path, metadata={"Software": None})
