"""What mends a pruned network without training: batch norm's statistics taken again, and one temperature."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from pruneuq_helpers import training, uncertainty
from pruneuq_helpers.data import Data
from pruneuq_helpers.training.norms import statistics_again

STATISTICS, TEMPERATURE, BOTH = "statistics", "temperature", "statistics and temperature"


@dataclass(frozen=True, eq=False)
class Repaired:
    """A network after a repair, and what its logits are divided by."""

    name: str
    network: nn.Module
    temperature: float = 1.0


def repaired(network: nn.Module, data: Data, batch: int, seed: int) -> Iterator[Repaired]:
    """Each repair alone, then both: those for which there are images, and layers to mend."""
    # Statistics need training images; a temperature needs validation images, which the network was not trained on.
    again = None
    if len(data.train) and any(isinstance(layer, _BatchNorm) for layer in network.modules()):
        again = statistics_again(network, data, batch, seed=seed)
        yield Repaired(STATISTICS, again)
    if len(data.validation):
        yield Repaired(TEMPERATURE, network, _temperature(network, data, batch))
        if again is not None:
            yield Repaired(BOTH, again, _temperature(again, data, batch))


def _temperature(network: nn.Module, data: Data, batch: int) -> float:
    logits = training.predict(network, data.validation.images, batch=batch, normalise=data.normalise)
    return uncertainty.fit_temperature(logits.double(), data.validation.labels)
