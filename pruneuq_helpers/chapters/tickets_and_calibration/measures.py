"""Chapter 5's measures: calibration on the test images, and what a network says of images of no class."""

import numpy as np
import torch
from torch import Tensor

from pruneuq_helpers import metrics, population
from pruneuq_helpers.chapters.tickets_and_calibration.networks import Learnt, multiply_adds
from pruneuq_helpers.population import Network
from pruneuq_helpers.pruning import cutting
from pruneuq_helpers.study.images import Outside, Shown
from pruneuq_helpers.training.caps import cut_off
from pruneuq_helpers.uncertainty import fit_temperature, softmax

S0_BINS = 10
HISTOGRAM_BINS = 20
FLOOR_DRAWS = 20
DRAWN = ("dense", "iterative")  # whose distributions are kept for the figures


def rows(found: dict[tuple[str, float], Learnt], shown: Shown, panel, patience: int, device: str = "cpu") -> list[dict]:
    """Everything that is measured of the networks of one cell."""
    dense = found["dense", 0.0].best
    judge = found["another draw", 0.0].best
    favourites = {
        one.name: tuple(
            _favourites(one, softmax(chooser.predict(one.images, device=device))) for chooser in (judge, dense)
        )
        for one in shown.outside
    }
    table, rounds = [], any(strategy == "iterative" for strategy, _ in found)
    for (strategy, level), learnt in found.items():
        if strategy in ("dense", "another draw") and not rounds:  # the cell with the rounds has their rows
            continue
        logits = learnt.best.predict(shown.test[0], device=device)
        own = softmax(logits)
        kept = _inside_rows(learnt, logits, shown, dense.network, device)
        kept += _reliability(own, shown.test[1]) + _histogram("test images", own) if strategy in DRAWN else []
        for one in shown.outside:
            probs = softmax(learnt.best.predict(one.images, device=device))
            kept += _outside_rows(one, own, probs, favourites[one.name])
            if strategy in DRAWN:
                kept += _histogram(one.name, probs) + _panel(one, probs, shown.classes, panel)
        if not strategy.startswith("same length"):  # whose length nobody's patience decided
            for row in (row for row in kept if row["part"] == "network"):
                row["capped"] = cut_off(row["best_epoch"], row["stop_epoch"], patience)
        about = {"strategy": strategy, "level": level}
        table += [about | row for row in kept]
    return table


def by_seed(rows: list[dict], count: int) -> list[list[dict]]:
    """Rows of a stack, sorted to its members: `k` says whose each is."""
    sorted_: list[list[dict]] = [[] for _ in range(count)]
    for row in rows:
        sorted_[row.pop("k")].append(row)
    return sorted_


def _inside_rows(learnt: Learnt, logits: Tensor, shown: Shown, dense: Network, device: str) -> list[dict]:
    held, probs = learnt.best.predict(shown.validation[0], device=device), softmax(logits)
    ended = softmax(population.predict(learnt.best.network, learnt.last, shown.test[0], device=device))
    table, size = [], cost(learnt.best.network, dense)
    for k in range(len(learnt.best)):
        labels = _own(shown.test[1], k)
        temperature = fit_temperature(held[k], _own(shown.validation[1], k))
        scaled = softmax(logits[k], temperature)
        row = {"part": "network", "k": k, "best_epoch": int(learnt.best.best_epoch[k])}
        row |= {"stop_epoch": int(learnt.best.stop_epoch[k])} | size | scores(probs[k], labels)
        row |= {"ece_floor": ece_floor(probs[k]), "temperature": temperature}
        row |= {f"scaled_{name}": value for name, value in scores(scaled, labels).items() if name != "accuracy"}
        row |= {f"stop_{name}": value for name, value in scores(ended[k], labels).items()}
        table.append(row)
    return table


def _reliability(probs: Tensor, labels: Tensor) -> list[dict]:
    """The filled bins of each network's reliability diagram."""
    bins = [metrics.reliability(probs[k], _own(labels, k)).dropna() for k in range(len(probs))]
    return [{"part": "reliability", "k": k} | row for k, one in enumerate(bins) for row in one.to_dict("records")]


def scores(probs: Tensor, labels: Tensor) -> dict[str, float]:
    """Accuracy, calibration error with 15 and with S0's 10 bins, signed gap and likelihood of one network."""
    return {
        "accuracy": metrics.accuracy(probs, labels),
        "ece": metrics.ece(probs, labels),
        "ece10": metrics.ece(probs, labels, bins=S0_BINS),
        "gap": metrics.signed_gap(probs, labels),
        "nll": metrics.nll(probs, labels),
    }


def ece_floor(probs: Tensor, draws: int = FLOOR_DRAWS) -> float:
    """The calibration error that chance alone leaves: labels are drawn from the probabilities themselves."""
    generator = torch.Generator().manual_seed(0)
    drawn = probs.multinomial(draws, replacement=True, generator=generator)
    return float(np.mean([metrics.ece(probs, labels) for labels in drawn.T]))


def cost(network: Network, dense: Network) -> dict:
    """Size of a network beside that of the dense one (Blalock et al. 2020)."""
    widths, before = cutting.widths(network), cutting.widths(dense)
    macs, whole = multiply_adds(network), multiply_adds(dense)
    return {
        "widths": "-".join(map(str, widths[:-1])),
        "removed": 1 - sum(widths[:-1]) / sum(before[:-1]),
        "parameters": cutting.size(network),
        "compression": cutting.size(dense) / cutting.size(network),
        "macs": macs,
        "speed_up": whole / macs,
    }


def _outside_rows(one: Outside, own: Tensor, probs: Tensor, favourites: tuple) -> list[dict]:
    """How well each of two scores tells the set from test images, and where the probability of its images goes."""
    table = []
    for k in range(len(probs)):
        about = {"set": one.name, "near": one.near, "images": probs.shape[1]}
        about["confidence"] = float(probs[k].max(1).values.mean())
        means = _group_means(one, probs[k], k)
        for name, chosen in zip(("judged", "own"), favourites, strict=True):
            about[f"{name}_class"] = float(means[torch.arange(len(means)), chosen[k]].nanmean())
        for score, measure in (("msp", metrics.msp), ("entropy", metrics.predictive_entropy)):
            found = metrics.detection(measure(own[k]), measure(probs[k]))
            table.append({"part": "outside", "k": k, "score": score} | about | found.to_dict())
    return table


def _favourites(one: Outside, probs: Tensor) -> list[Tensor]:
    """The class that a network takes each kind of image for, by its mean probability: one list a seed."""
    return [_group_means(one, probs[k], k).argmax(1) for k in range(len(probs))]


def _group_means(one: Outside, probs: Tensor, k: int) -> Tensor:
    """Mean class probabilities of each kind of image, ``[G, C]``; NaN for a kind without images."""
    member = torch.nn.functional.one_hot(_own(one.group, k), len(one.groups)).to(probs.dtype)
    return (member.T @ probs) / member.sum(0).unsqueeze(1)


def _histogram(name: str, probs: Tensor) -> list[dict]:
    """Share of the images in each bin of confidence."""
    edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    table = []
    for k, confidence in enumerate(probs.max(2).values):
        share = np.histogram(confidence, edges)[0] / len(confidence)
        bins = zip(edges[:-1].tolist(), edges[1:].tolist(), share.tolist(), strict=True)
        table += [
            {"part": "histogram", "k": k, "set": name, "bin_low": low, "bin_high": high, "share": value}
            for low, high, value in bins
        ]
    return table


def _panel(one: Outside, probs: Tensor, classes, panel) -> list[dict]:
    """Class probabilities of the first image of a kind, and their mean over all of the kind."""
    table = []
    for name in (name for name in one.groups if name in panel and one.group.ndim == 1):
        places = (one.group == one.groups.index(name)).nonzero().squeeze(1)
        for k in range(len(probs)):
            shown = {"first": probs[k, places[0]], "mean": probs[k, places].mean(0)}
            table += [
                {"part": "panel", "k": k, "kind": name, "of": of, "class": label, "probability": float(value)}
                for of, values in shown.items()
                for label, value in zip(classes, values, strict=True)
            ]
    return table


def _own(labels: Tensor, k: int) -> Tensor:
    return labels[k] if labels.ndim == 2 else labels
