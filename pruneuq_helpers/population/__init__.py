"""Many small networks trained together, in the time of a few.

A small network is bound by the cost of calling, not by arithmetic.
So K members are stacked along a first axis and every layer is called once for all of them.
A member's result does not depend on its neighbours, its place in the stack or the chunk it was in.

What there is
-------------
``mlp(*widths, dropout=0.0)`` and ``convnet(input_shape, channels, hidden, classes, kernel=3, padding=1,
batch_norm=False, dropout=0.0)`` describe a network; ``Network.of(module, input_shape)`` reads the description
from a plain sequential module, keeping its parameter names, and ``network.module(seed=None)`` gives a plain one back.

``train(network, images, labels, seeds, ...)`` trains one member per seed and returns a ``Trained``:

- ``network``: one description, or a list with one per member (structured tickets: widths may differ).
- ``images`` ``[N, ...]`` shared, or ``[K, N, ...]`` one set per member; ``labels`` likewise.
- ``seeds``: K integers. A seed sets the initial weights (torch's defaults under ``torch.manual_seed(seed)``),
  the batch order (that of ``DataLoader(shuffle=True, generator=g)`` with ``g`` seeded so) and dropout.
- ``epochs``, ``batch`` (``None``: full batch, no shuffling), ``optimiser`` ``"adam"`` or ``"sgd"``,
  ``rate`` (a number or one per member), ``momentum``, ``weight_decay``.
- ``weights``: initial weights, a dict name -> ``[K, ...]`` or a list of K state dicts (``None``: from the seeds).
- ``masks``: dict name -> ``[K, ...]`` or a list of K dicts (``None``: nothing removed), entries 0 and 1.
- ``schedule``: ``Gradual(levels, begin, end, every, grad="masked", layers=None)``, gradual magnitude pruning.
- ``validation``: ``(images, labels)``; ``patience``: epochs without a strictly lower validation loss before a
  member stops, and gets its best weights back.
- ``after_epoch(stack)``: called at the end of every epoch, before validation, with the live ``Stack``:
  ``stack.members`` (places in ``seeds``), ``stack.epoch`` (1 is the first), ``stack.weights`` (name -> ``[k, ...]``,
  change them in place), ``stack.masks``, ``stack.set_masks(dict)``, ``stack.predict(images)``.
- ``dtype``, ``device``, ``chunk`` (members stacked at a time; ``None``: by their size).

``Trained`` holds ``history`` (member, epoch, train_loss, validation_loss), ``best_epoch``, ``stop_epoch``
(``[K]``, 1 is the first epoch), ``failed`` (member -> sentence), ``weights`` (name -> ``[K, ...]``), ``states``
(K dicts), ``masks`` (K dicts), ``predict(images)`` -> logits ``[K, N, C]`` and ``member(k)``, a plain module.

``predict(network, weights, images)`` gives logits ``[K, N, C]`` of weights that were not trained here, and
``stack(models)`` turns K plain modules into weights ``name -> [K, ...]``.
"""

from pruneuq_helpers.population.architecture import Network, convnet, mlp
from pruneuq_helpers.population.results import Trained, predict, stack
from pruneuq_helpers.population.schedule import Gradual
from pruneuq_helpers.population.stack import Stack
from pruneuq_helpers.population.training import train

__all__ = ["Gradual", "Network", "Stack", "Trained", "convnet", "mlp", "predict", "stack", "train"]
