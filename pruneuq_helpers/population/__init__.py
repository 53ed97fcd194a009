"""Many small networks trained together, in the time of a few.

A small network is bound by the cost of calling, not by arithmetic.
So K members are stacked along a first axis, and every layer is called once for all of them.
A member's result does not depend on its neighbours, its place in the stack or the chunk it was in.

`train` trains one member per seed and returns a `Trained`: weights, history, best and last epochs, predictions.
`mlp`, `convnet` and ``Network.of(module)`` describe a network; every function also takes a plain sequential module,
such as those of ``models.build``, and ``trained.member(k)`` is one again.
`Gradual` is magnitude pruning that goes on while the members train.
A function given as ``after_epoch`` sees the live `Stack` at the end of every epoch, and may prune or regrow it.
`predict` gives the logits of weights that were not trained here, and `stack` makes one set of weights of K modules.

The members of a call may differ in their seeds, initial weights, data, learning rates, masks, levels and widths.
Epochs are counted from 1.

Examples
--------
>>> import torch
>>> from pruneuq_helpers import population
>>> images = torch.randn(60, 2, generator=torch.Generator().manual_seed(0))
>>> labels = (images.sum(1) > 0).long()
>>> trained = population.train(
...     population.mlp(2, 20, 2), images, labels, seeds=range(5), epochs=200, batch=None, rate=0.01,
...     validation=(images, labels), patience=5,
... )
>>> (trained.predict(images).argmax(2) == labels).float().mean(1).min() > 0.9
tensor(True)
"""

from pruneuq_helpers.population.architecture import Network, convnet, mlp
from pruneuq_helpers.population.results import Trained, predict, stack
from pruneuq_helpers.population.stack import Stack
from pruneuq_helpers.population.training import train
from pruneuq_helpers.pruning.gradual import Gradual

__all__ = ["Gradual", "Network", "Stack", "Trained", "convnet", "mlp", "predict", "stack", "train"]
