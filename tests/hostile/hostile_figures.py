"""Figures, and how each function is called."""

import contextlib
import io

import numpy as np
import pandas as pd
from hostile_judge import Call, Case, Kind, Made
from hostile_tables import frames, odd, text
from hostile_values import flag, number, whole

from pruneuq_helpers import figures, notebook
from pruneuq_helpers.figures.drawing import Drawing, Frames

TABLE = pd.DataFrame(
    {
        "seed": [0, 1, 0, 1],
        "level": [0.0, 0.0, 0.5, 0.5],
        "accuracy": [0.75, 0.5, 0.5, 0.25],
        "how": ["a", "a", "b", "b"],
    }
)
BINS = pd.DataFrame(
    {"bin_low": [0.0, 0.5], "bin_high": [0.5, 1.0], "count": [10, 90], "confidence": [0.4, 0.9], "accuracy": [0.5, 0.8]}
)
CARDS = pd.DataFrame(
    {"image": [0, 1], "truth": [3, 8], "dense": [3, 8], "level": [0.5, 0.5], "pruned": [3, 1], "pie": [False, True]}
).assign(kind="plain")
PIXELS = np.arange(2 * 16, dtype=np.uint8).reshape(2, 4, 4)


def drawn(function):
    """A drawing function, of whose figure the parts are compared."""

    def call(*args, **given):
        found = function(*args, **given)
        fig = getattr(found, "figure", found)
        parts = []
        for ax in fig.axes:
            parts += [line.get_xydata() for line in ax.lines]
            parts += [path.vertices for patch in ax.patches for path in [patch.get_path()]]
            parts += [path.vertices for part in ax.collections for path in part.get_paths()]
            parts += [sorted(label.get_text() for label in ax.texts), ax.get_xlabel(), ax.get_ylabel()]
        return parts

    return call


def shown(function):
    """A function that shows something: what a terminal has of it."""

    def call(**given):
        with contextlib.redirect_stdout(io.StringIO()) as said:
            function(**given)
        return said.getvalue()

    return call


def plain(level=0.5):
    """A figure, as a slider draws them."""
    fig = figures.new_figure()
    fig.subplots().plot([0, 1], [1, 1 - float(level)])
    return fig


def wide(level):
    """Figures of several sizes."""
    return figures.new_figure(width=4 + float(level))


def axes(*_):
    """Where to draw; unless given, on a new figure."""
    return odd(None, "axes", 3, [], plain())


def column(usual: str, *wrong) -> Kind:
    """The name of a column."""
    return odd(usual, None, 3, [], {}, "", "level of nothing", [usual], float("nan"), *wrong)


MEASURED = {
    "table": frames(TABLE, "seed", "level").but("no 'seed'", "no 'how'", "NaN in 'accuracy'"),
    "x": column("level"),
    "y": column("accuracy", "how"),
    "by": odd(None, 3, [], {}, "", "level of nothing", float("nan")),
}
LABELS = {
    "xlabel": odd(None, 3, [], {}, True),
    "ylabel": odd(None, 3, [], {}, True),
    "legend": odd("above", None, 3, "nonsense", [], True),
}
TOLD = {"x": ("table",), "y": ("table",), "by": ("table",)}
RELIABLE = frames(BINS, "bin_low", "bin_high").but("empty", "words in 'count'", "no 'accuracy'", "no 'confidence'")
WEIGHTS = odd(
    [2, 3, 2], None, "ab", 3, [], [2], [0, 2], [2, -1], [2, 1.5], [2, None], [True, True], {}, [np.ones((3, 2)), 2],
    [np.ones((3, 2)), np.ones((2, 4))], [np.full((3, 2), np.nan)], [np.full((3, 2), "a")], [np.ones(3)], [2, 2**40],
)  # fmt: skip
REMOVED = odd(
    {1: [0]}, "ab", 3, [0], {1: 0}, {1: ["a"]}, {1: [None]}, {1: [3]}, {1: [-1]}, {3: [0]}, {"a": [0]}, {1: [0.5]},
    {1: [True]}, {0.5: [0]},
).also(
    Case("none", None, {}), Case("set", {1: {0}}, {1: [0]}), Case("array", {1: np.array([0])}, {1: [0]}),
)  # fmt: skip
NAMED = {
    "name": odd("fig-two", None, 3, "", "two", "fig-Two", "fig two", "fig-", [], {}),
    "caption": text("Two.").also(Case("blank", " ")),
}
ALT = text("a line").also(Case("blank", " "), Case("a file", "line.png"))
COLOURS = whole(32, least=2).also(Case("too many", 257))
MOVED = {
    "draw": odd(plain, None, 3, "draw", [], lambda level: None, lambda level: 3),
    "values": odd([0.0, 0.5], None, 3, [], "").also(
        Case("tuple", (0.0, 0.5), [0.0, 0.5]), Case("array", np.array([0.0, 0.5]), [0.0, 0.5])
    ),
    "alt": odd(lambda level: f"a line to {1 - level}", None, 3, "a line", lambda level: None, lambda level: ""),
    "label": text("level").also(Case("blank", " ")),
    "format": odd("{:.1f}", None, 3, [], "{:d}", "{1}", "{:.1f", "{name}"),
    "start": whole(0, least=0).also(Case("beyond", 2)),
}
GRID = np.meshgrid(np.linspace(-1, 1, 5), np.linspace(-1, 1, 5))


def surface(usual: np.ndarray) -> Kind:
    """Numbers over a grid."""
    wrong = [None, "a", 3, [], {}, usual[:3], usual.ravel()[:7], usual * np.nan, np.full(usual.shape, "a"), usual * 1j]
    return odd(usual, *wrong).also(Case("list", usual.tolist(), usual))


CALLS = [
    Call("lines", drawn(figures.lines), also=TOLD, **MEASURED | {"x": column("level", "how")}, **LABELS, ax=axes()),
    Call("summarise", figures.summarise, also=TOLD, **MEASURED),
    Call("trend", figures.trend, also=TOLD, **MEASURED),
    Call(
        "decision_surface",
        drawn(figures.decision_surface),
        xx=surface(GRID[0]),
        yy=surface(GRID[1]),
        prob=surface(1 / (1 + np.exp(-GRID[0]))).also(Case("beyond 1", GRID[0] + 2), Case("negative", GRID[0])),
        ax=axes(),
    ),
    Call(
        "gallery",
        shown(figures.gallery),
        also={"images": ("table",), "classes": ("table",)},
        table=frames(CARDS, "level"),
        images=odd(
            PIXELS,
            None,
            "ab",
            3,
            [],
            {},
            PIXELS[:1],
            PIXELS[0],
            PIXELS / 2,
            PIXELS.astype(int),
            PIXELS[..., :0],
            PIXELS[:, None, None],
        ).also(Case("channels", PIXELS[:, None], PIXELS)),
        start=odd(None, "a", 0.7, [], float("nan"), {}),
        classes=odd(None, 3, ["a"], [1] * 9, {}, "ab"),
        **NAMED,
    ),  # fmt: skip
    Call("reliability", drawn(figures.reliability), tables=RELIABLE, height=number(4.5, 0, -1)),
    Call("diagonal", drawn(figures.diagonal), ax=axes(), xlabel=odd("a", None, 3, []), ylabel=odd("a", None, 3, [])),
    Call("describe_network", figures.describe_network, weights=WEIGHTS, removed=REMOVED),
    Call(
        "network",
        drawn(figures.network),
        weights=WEIGHTS,
        removed=REMOVED,
        ax=axes(),
        weight_labels=flag(False),
        layer_names=odd(None, "ab", 3, [], ["a"], [1, 2, 3], {}, [None] * 3),
    ),
    Call(
        "histograms",
        drawn(figures.histograms),
        values=odd(
            {"in": [0.25, 0.5]},
            None,
            "ab",
            3,
            [],
            {},
            {"in": []},
            {"in": None},
            {"in": "ab"},
            {"in": ["a"]},
            {1: [0.5]},
            {"in": [np.nan]},
            {"in": [np.inf, 0]},
            {"in": [[0.5]]},
            {"in": [1j]},
            {"in": np.ma.array([0.5, 1], mask=[0, 1])},
        ).also(Case("array", {"in": np.array([0.25, 0.5])}, {"in": [0.25, 0.5]})),
        xlabel=text("score"),
        bins=whole(4),
        ax=axes(),
    ),  # fmt: skip
    Call("live", lambda **given: figures.live(**given).children[2].value, **MOVED),
    Call(
        "slider",
        shown(figures.slider),
        **NAMED,
        **MOVED | {"draw": MOVED["draw"].also(Case("sizes", wide))},
        colours=COLOURS,
    ),
    Call("new_figure", drawn(figures.new_figure), width=number(6.0, 0, -1), height=number(3.0, 0, -1)),
    Call(
        "show",
        shown(figures.show),
        fig=Kind(Made(plain), tuple(Case(repr(value)[:20], value) for value in (None, "fig", 3, [], {}))),
        alt=ALT,
        colours=COLOURS,
        **NAMED,
    ),
    Call(
        "show a drawing",
        shown(notebook.show),
        also={"drawing": ("fig", "name", "caption", "alt", "draw")},
        drawing=Kind(
            Made(lambda: Drawing(plain(), "fig-two", "Two.", "a line")),
            tuple(
                Case(repr(value)[:20], value)
                for value in (
                    None,
                    "fig",
                    3,
                    [],
                    plain(),
                    Drawing(None, "fig-two", "Two.", "a line"),
                    Drawing(plain(), "two", "Two.", "a line"),
                    Frames(None, [0], "fig-two", "Two.", str),
                )
            ),
        ),
    ),  # fmt: skip
    Call(
        "Say",
        lambda chapter, values: notebook.Say(chapter)(values),
        chapter=odd("03", None, 3, "", "3", [], {}, "three"),
        values=odd({"accuracy": 0.5}, None, 3, "accuracy", [], {3: 0.5}, {"": 0.5}),
    ),
]
