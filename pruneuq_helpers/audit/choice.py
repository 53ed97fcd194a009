"""A level chosen with a guarantee, and the network that was chosen, to take home."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from pruneuq_helpers.audit.verdicts import SAFE, by_level
from pruneuq_helpers.checks import networks, paths
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning.surgery import Gone, take_out

WEIGHTS, RECIPE = "network.safetensors", "recipe.json"
FORMAT = 1


def sequences(overall: pd.DataFrame) -> pd.DataFrame:
    """How far each criterion's sequence of levels is safe: it stops at the first level that is not shown to be."""
    rows = []
    # Fixed-sequence testing: the first wrong "safe" of a sequence is its only one that counts, and it comes with a
    # probability below 1 − confidence, however many levels there are. With several seeds all networks of a level must
    # be safe, which can only make it rarer.
    for criterion, part in by_level(overall).groupby("criterion", sort=False):
        level, network = 0.0, ""
        for row in part.sort_values("level").itertuples():
            if row.verdict != SAFE:
                break
            level, network = row.level, row.network
        rows.append({"criterion": criterion, "level": level, "network": network})
    return pd.DataFrame(rows, columns=["criterion", "level", "network"])


def chosen(overall: pd.DataFrame, networks: pd.DataFrame) -> str | None:
    """The network with the fewest parameters at the end of a safe sequence; none where no first level is safe."""
    ends = sequences(overall)
    names = ends.loc[ends["network"] != "", "network"]
    sizes = networks.set_index("network")["parameters"]
    return min(names, key=lambda name: sizes[name], default=None)


@dataclass(frozen=True, eq=False)
class Kept:
    """A pruned network, and what was taken out of the dense one to make it."""

    label: str
    network: nn.Module
    gone: Gone
    normalise: tuple[list[float], list[float]]
    classes: tuple[str, ...]

    def write(self, folder: Path) -> None:
        """As weights and a recipe that :func:`apply` reads."""
        weights = {name: value.detach().cpu().contiguous().clone() for name, value in self.network.state_dict().items()}
        save_file(weights, folder / WEIGHTS)
        removed: dict[str, dict[str, list[int]]] = {}
        for (layer, side), places in self.gone.items():
            removed.setdefault(layer, {})[side] = sorted(places)
        recipe = {
            "format": FORMAT,
            "network": self.label,
            "sha256": _digest(folder / WEIGHTS),
            "means": self.normalise[0],
            "deviations": self.normalise[1],
            "classes": list(self.classes),
            "removed": removed,
        }
        (folder / RECIPE).write_text(json.dumps(recipe, ensure_ascii=False) + "\n", encoding="utf-8")


def apply(model: nn.Module, folder: str | Path) -> nn.Module:
    """Make a dense network of the same factory into the pruned one that an audit kept.

    Parameters
    ----------
    model : torch.nn.Module
        As the function makes it that the audit was given; its weights do not matter. It is left as it was.
    folder : str or Path
        Of an audit with `keep`: holds ``network.safetensors`` and ``recipe.json``, which are read as data.

    Returns
    -------
    torch.nn.Module
        In eval mode, with the logits that were judged.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from pruneuq_helpers import audit, data, training
    >>> def build():
    ...     return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
    >>> moons = data.load("moons")
    >>> model = training.train(build(), moons, epochs=20, learning_rate=0.02).model
    >>> found = audit.examine(model, moons, levels=[0.5], criteria=["l1"], repeats=3, keep=0.5)
    >>> apply(build(), audit.write_report(found, mkdtemp()).parent)[0]
    Linear(in_features=2, out_features=4, bias=True)
    """
    networks.network("model", model)
    folder = paths.path("folder", folder, "a report of an audit with `keep`")
    recipe = _recipe(folder)
    gone = {(layer, side): set(places) for layer, sides in recipe["removed"].items() for side, places in sides.items()}
    try:
        smaller = take_out(model, gone)
        smaller.load_state_dict(load_file(folder / WEIGHTS))
    except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise ParameterError(
            f"parameter `model` got a {type(model).__name__} that the recipe in {folder} was not made for; it takes "
            "what the audited function makes"
        ) from error
    return smaller.eval()


def _recipe(folder: Path) -> dict:
    takes = f"it takes a report of an audit with `keep`, with {WEIGHTS} and {RECIPE}"
    try:
        recipe = json.loads((folder / RECIPE).read_text(encoding="utf-8"))
        digest = _digest(folder / WEIGHTS)
        right = recipe["format"] == FORMAT and isinstance(recipe["removed"], dict)
        same = recipe["sha256"] == digest
    except (OSError, KeyError, TypeError, ValueError, SafetensorError) as error:
        raise ParameterError(f"parameter `folder` got {str(folder)!r}; {takes}") from error
    if not right:
        raise ParameterError(f"parameter `folder` got {str(folder)!r}, whose recipe is of another format; {takes}")
    if not same:
        raise ParameterError(
            f"parameter `folder` got {str(folder)!r}, whose weights are damaged or of another network; {takes}"
        )
    return recipe


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
