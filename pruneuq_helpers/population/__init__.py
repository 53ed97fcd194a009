"""Many small networks trained together, in the time of a few: every layer is called once for K stacked members.

A small network is bound by the cost of calling, not by arithmetic. A member's result does not depend on its neighbours,
its place in the stack or the chunk it was in. Epochs are counted from 1.
"""

from pruneuq_helpers.population.architecture import Network, convnet, mlp
from pruneuq_helpers.population.results import Trained, predict, stack
from pruneuq_helpers.population.stack import Stack
from pruneuq_helpers.population.training import train
from pruneuq_helpers.pruning.gradual import Gradual

__all__ = ["Gradual", "Network", "Stack", "Trained", "convnet", "mlp", "predict", "stack", "train"]
