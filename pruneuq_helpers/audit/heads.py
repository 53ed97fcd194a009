"""Heads of attention that can go whole: their rows of the layers that make them, their columns of the one that reads.

A trace follows channels one by one, and a head is a block of them. So the heads are read off the network itself: off a
module that counts them, and off the linear layers that are called in it. What is found so is proved, not believed.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from pruneuq_helpers.audit.failures import is_out_of_memory
from pruneuq_helpers.models.state import evaluating
from pruneuq_helpers.pruning.groups import Cut, Group
from pruneuq_helpers.pruning.surgery import delete, zero

COUNTS = ("num_heads", "num_attention_heads", "n_heads", "n_head", "nheads", "nhead", "heads")


def heads_of(model: nn.Module, images: Tensor) -> list[Group]:
    """The heads of each attention that computes the same without some of them as with these masked."""
    calls, found, used = _called(model, images), [], set()
    for name, module in reversed(list(model.named_modules())):  # what lies inside comes before what it lies in
        # Beside layers a group holds what the attention counts: its heads, and its width where it says so.
        for group in _candidates(name, module, calls):
            if used.isdisjoint(group.makers) and _same_where_read(model, group, images):
                found.append(group)
                used |= set(group.makers)
                break
    return sorted(found, key=lambda group: list(calls).index(group.makers[0]))


def without_heads(groups: list[Group], heads: list[Group]) -> list[Group]:
    """Of the groups that were traced those that touch no head: channels of a head cannot go one by one."""
    taken = {(cut.layer, cut.side) for group in heads for cut in group.cuts}
    return [group for group in groups if taken.isdisjoint((cut.layer, cut.side) for cut in group.cuts)]


def _called(model: nn.Module, images: Tensor) -> dict[str, nn.Linear]:
    """The linear layers, in the order in which they are called."""
    layers = {name: layer for name, layer in model.named_modules() if isinstance(layer, nn.Linear)}
    order: list[str] = []
    hooks = [
        layer.register_forward_pre_hook(lambda *_, name=name: order.append(name)) for name, layer in layers.items()
    ]
    try:
        with evaluating(model), torch.no_grad():
            model(images)
    finally:
        for hook in hooks:
            hook.remove()
    return {name: layers[name] for name in order}


def _candidates(name: str, module: nn.Module, calls: dict[str, nn.Linear]) -> Iterator[Group]:
    """The ways in which the heads of a module may lie in its layers: in one that makes all, or in three."""
    count = next((vars(module)[count] for count in COUNTS if type(vars(module).get(count)) is int), 0)
    inside = [layer for layer in calls if layer.startswith(f"{name}." if name else "")]
    for parts in (1, 3) if count > 1 else ():
        makers = tuple(inside[:parts])
        after = list(calls)[list(calls).index(makers[-1]) + 1 :] if len(makers) == parts else []
        width = calls[after[0]].in_features if after else 0
        if width and width % count == 0 and all(calls[maker].out_features * parts == 3 * width for maker in makers):
            for places in _places(count, width // count, 3 // parts):
                for counted in _counted(module, count, width):
                    own = tuple(Cut(maker, "out", places) for maker in makers)
                    read = Cut(after[0], "in", _blocks(count, width // count))
                    yield Group((*own, read, *(Cut(name, *each) for each in counted)), makers, count)


def _places(count: int, width: int, thirds: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Rows of each head in a layer: queries of all heads first, then keys, then values; or head after head."""
    each = _blocks(count, width)
    yield tuple(tuple(third * count * width + row for third in range(thirds) for row in rows) for rows in each)
    if thirds > 1:
        yield _blocks(count, width * thirds)


def _blocks(count: int, width: int) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(range(head * width, (head + 1) * width)) for head in range(count))


def _counted(module: nn.Module, count: int, width: int) -> Iterator[list[tuple[str, tuple]]]:
    """Numbers of the module that must shrink: those that count heads, with or without those that say the width."""
    numbers = {name: value for name, value in vars(module).items() if type(value) is int}
    heads = [(name, _blocks(count, 1)) for name, value in numbers.items() if name in COUNTS and value == count]
    widths = [
        (name, _blocks(count, width // count))
        for name, value in numbers.items()
        if value == width and name not in COUNTS
    ]
    yield heads
    if widths:
        yield [*heads, *widths]


def _same_where_read(model: nn.Module, group: Group, images: Tensor) -> bool:
    """Whether the layer that reads the heads is given the same of the others, without some and with these masked."""
    gone = [list(range(0, max(group.width - 1, 1), 2))]
    read = next(cut for cut in group.cuts if cut.side == "in")
    stay = [place for head, places in enumerate(read.units) if head not in gone[0] for place in places]
    try:
        removed, masked = (_given(change(model, [group], gone), read.layer, images[:2]) for change in (delete, zero))
    except Exception as error:  # a cut that does not fit may fail anywhere in another's code
        if is_out_of_memory(error):
            raise
        return False
    masked = masked[..., stay]
    close = 100 * torch.finfo(masked.dtype).eps
    return removed.shape == masked.shape and torch.allclose(removed, masked, close, close * float(masked.abs().max()))


def _given(model: nn.Module, layer: str, images: Tensor) -> Tensor:
    """What a layer is given; the network behind it must run too."""
    seen: list[Tensor] = []
    model.get_submodule(layer).register_forward_pre_hook(lambda layer, given: seen.append(given[0]))
    with evaluating(model), torch.no_grad():
        model(images)
    return seen[0]
