"""A small network drawn unit by unit, with what was removed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pruneuq_helpers import checks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.figures import asked
from pruneuq_helpers.figures.styling import CARD, COLOURS, FONT, INK, MUTED

_GONE = "#9aa0a6"
_ALONG = 0.77  # of the way from a unit to the next, where the line's weight stands
_MOST_UNITS = 1000  # more is no drawing


def network(
    weights: Sequence,
    removed: Mapping[int, Iterable[int]] | None = None,
    ax: Axes | None = None,
    weight_labels: bool = False,
    layer_names: Sequence[str] | None = None,
) -> Figure:
    """Draw a multilayer perceptron from left to right, an edge as wide as its weight is large.

    A removed unit is pale, dashed and crossed out, and its edges are dashed: never told by colour alone.
    Negative weights are orange, positive ones blue; with `weight_labels` their numbers stand on them.

    Parameters
    ----------
    weights : sequence of array [out, in], or of int
        Weight matrices from the input on, or only the widths of the layers.
    removed : mapping of int to iterable of int, optional
        Removed units by layer; layer 0 is the input.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure otherwise.
    weight_labels : bool
        Write the weights on the edges; for tiny networks.
    layer_names : sequence of str, optional
        One name a layer, written below it.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> from pruneuq_helpers import figures
    >>> fig = figures.network([2, 2, 4, 2], removed={1: [0]})
    """
    import networkx as nx

    widths, matrices = _layers(weights)
    gone = _gone(removed, widths)
    weight_labels = checks.flag("weight_labels", weight_labels)
    if layer_names is not None:
        takes = f"a list of one name for each of {len(widths)} layers"
        layer_names = checks.sequence("layer_names", layer_names, takes)
        if len(layer_names) != len(widths) or not all(isinstance(name, str) for name in layer_names):
            raise checks.refused("layer_names", layer_names, takes)
    ax = asked.axes(ax, 6.4, min(1.2 + (0.64 if weight_labels else 0.5) * max(widths), 4.4))
    graph = nx.DiGraph()
    for layer, width in enumerate(widths):
        graph.add_nodes_from((layer, unit) for unit in range(width))
    for layer, matrix in enumerate(matrices):
        graph.add_edges_from(
            ((layer, i), (layer + 1, o), {"weight": float(matrix[o, i])})
            for o in range(matrix.shape[0])
            for i in range(matrix.shape[1])
        )
    place = {(layer, unit): (layer, (widths[layer] - 1) / 2 - unit) for layer, unit in graph.nodes}
    _draw_edges(nx, graph, place, gone, ax, labels=weight_labels and not _only_widths(weights))
    _draw_units(nx, graph, place, gone, ax)
    for layer, name in enumerate(layer_names or ()):
        ax.text(layer, -(max(widths) - 1) / 2 - 0.75, name, ha="center", va="center", color=INK, fontsize=10)
    ax.set_axis_off()
    ax.margins(0.1)
    return ax.figure


def describe_network(weights: Sequence, removed: Mapping[int, Iterable[int]] | None = None) -> str:
    """Say what `network` draws: the widths of the layers and the removed units."""
    widths, _ = _layers(weights)
    by_layer: dict[int, list[str]] = {}
    for layer, unit in sorted(_gone(removed, widths)):
        by_layer.setdefault(layer, []).append(str(unit))
    parts = [f"unit{'s' * (len(units) > 1)} {_and(units)} of layer {layer}" for layer, units in by_layer.items()]
    return f"layers of {_and([str(w) for w in widths])} units; removed: {', '.join(parts) if parts else 'none'}"


def _draw_edges(nx, graph, place, gone, ax, labels: bool) -> None:
    largest = max((abs(w) for *_, w in graph.edges(data="weight")), default=0.0) or 1.0
    kept = [(a, b) for a, b in graph.edges if a not in gone and b not in gone]
    lost = [edge for edge in graph.edges if edge[0] in gone or edge[1] in gone]
    weight = {edge: graph.edges[edge]["weight"] for edge in kept}
    common = {"ax": ax, "arrows": False}
    for sign, colour in ((1, COLOURS[0]), (-1, COLOURS[1])):
        edges = [e for e in kept if (weight[e] >= 0) == (sign > 0)]
        width = [0.5 + 3.0 * abs(weight[e]) / largest for e in edges]
        nx.draw_networkx_edges(graph, place, edgelist=edges, width=width, edge_color=colour, **common)
    nx.draw_networkx_edges(graph, place, edgelist=lost, width=0.9, edge_color=_GONE, style="dashed", **common)
    if labels:
        for edge in kept:
            beside = [place[a][1] for a, b in kept if b == edge[1]]
            _write_weight(ax, place[edge[0]], place[edge[1]], weight[edge], place[edge[0]][1] >= np.mean(beside))


def _write_weight(ax: Axes, start: tuple, end: tuple, weight: float, above: bool) -> None:
    """A weight above or below its line, near the end, where lines into one unit are apart; on the outer side."""
    (x, y), (to_x, to_y) = start, end
    at = (x + _ALONG * (to_x - x), y + _ALONG * (to_y - y))
    side = "center" if to_y == y else "right" if (to_y > y) == above else "left"
    shift = {"center": 0, "right": -1, "left": 1}[side]
    ax.annotate(
        f"{weight:g}".replace("-", "−"), at, (shift, 2 if above else -2), textcoords="offset points", ha=side,
        va="bottom" if above else "top", fontsize=10, color=INK,
        bbox={"facecolor": CARD, "edgecolor": "none", "pad": 0.4},
    )  # fmt: skip


def _draw_units(nx, graph, place, gone, ax) -> None:
    tallest = max(unit for _, unit in graph.nodes) + 1
    size = min(520, 9000 / tallest**1.5)  # circles shrink before they touch
    kept, lost = [n for n in graph.nodes if n not in gone], sorted(gone)
    common = {"ax": ax, "node_size": size, "linewidths": 1.6}
    nx.draw_networkx_nodes(graph, place, nodelist=kept, node_color="white", edgecolors=INK, **common)
    if lost:
        circles = nx.draw_networkx_nodes(graph, place, nodelist=lost, node_color=CARD, edgecolors=_GONE, **common)
        circles.set_linestyle("dashed")
        at = np.array([place[n] for n in lost])
        ax.scatter(at[:, 0], at[:, 1], marker="x", s=size, color=MUTED, linewidth=1.4, zorder=4)
    if tallest <= 10:
        nx.draw_networkx_labels(
            graph, place, {n: n[1] for n in kept}, font_size=10, font_color=INK, font_family=FONT, ax=ax
        )


def _only_widths(weights: Sequence) -> bool:
    return all(isinstance(w, (int, np.integer)) and not isinstance(w, bool) for w in weights)


def _layers(weights: Sequence) -> tuple[list[int], list[np.ndarray]]:
    takes = "a list of weight matrices, or of widths"
    weights = list(weights) if isinstance(weights, list | tuple) else checks.sequence("weights", weights, takes)
    if _only_widths(weights):
        if len(weights) < 2 or min(weights) < 1 or sum(weights) > _MOST_UNITS:
            raise ParameterError(
                f"parameter `weights` got widths {weights}; it takes two layers or more, of one unit or more, "
                f"at most {_MOST_UNITS} in all"
            )
        widths = [int(w) for w in weights]
        return widths, [np.ones((o, i)) for i, o in zip(widths, widths[1:], strict=False)]
    # A torch weight still carries its gradient; a drawing does not need it.
    matrices = [checks.finite("weights", checks.array("weights", matrix)).astype(float) for matrix in weights]
    shapes = [m.shape for m in matrices]
    if any(len(s) != 2 for s in shapes) or any(a[0] != b[1] for a, b in zip(shapes, shapes[1:], strict=False)):
        raise ParameterError(
            f"parameter `weights` got shapes {shapes}; it takes [out, in] matrices that follow on each other"
        )
    return [shapes[0][1], *(s[0] for s in shapes)], matrices


def _gone(removed: Mapping[int, Iterable[int]] | None, widths: list[int]) -> set[tuple[int, int]]:
    takes, gone = f"units by layer, as {{1: [0, 2]}}, of layers of {widths}", set()
    for layer, units in checks.instance("removed", removed or {}, Mapping, takes).items():
        layer = checks.whole("removed", layer, 0)
        units = units if isinstance(units, set | frozenset) else checks.sequence("removed", units, takes)
        gone |= {(layer, checks.whole("removed", unit, 0)) for unit in units}
    for layer, unit in gone:
        if layer >= len(widths) or unit >= widths[layer]:
            raise ParameterError(f"parameter `removed` got unit {unit} of layer {layer}; it takes {takes}")
    return gone


def _and(items: list[str]) -> str:
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]
