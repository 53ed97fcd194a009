"""Compactors: square 1x1 convolutions behind batch norms, whose rows may be driven to zero; and folding them away."""

import copy
from collections import OrderedDict

import torch
from torch import nn

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.pruning.fusing import fuse
from pruneuq_helpers.pruning.resrep_plan import Plan
from pruneuq_helpers.pruning.surgery import delete


class Compactor(nn.Conv2d):
    """A bias-free 1x1 convolution that begins as the identity, with what ResRep remembers of its rows.

    ``mask`` is 1 for rows that the loss may still move; ``velocity`` is the momentum. Both are buffers, so that they
    follow the network to a device and into a checkpoint.

    Parameters
    ----------
    width : int
        Channels.

    Examples
    --------
    >>> compactor, maps = Compactor(3), torch.rand(1, 3, 2, 2)
    >>> torch.equal(compactor(maps), maps), compactor.norms()
    (True, tensor([1., 1., 1.]))
    """

    def __init__(self, width: int):
        checks.whole("width", width)
        super().__init__(width, width, 1, bias=False)
        nn.init.dirac_(self.weight)
        self.register_buffer("mask", torch.ones(width))
        self.register_buffer("velocity", torch.zeros(width, width))

    def norms(self) -> torch.Tensor:
        """Euclidean norm of each row, ``[width]``."""
        return self.weight.detach().flatten(1).norm(dim=1)

    @torch.no_grad()
    def step(self, rate: float, strength: float, momentum: float) -> None:
        r"""Move the rows once, by :math:`m\,\partial L/\partial Q + \lambda\, Q / \lVert Q \rVert` (S1, Eq. 4).

        Parameters
        ----------
        rate : float
            Learning rate.
        strength : float
            :math:`\lambda`, which pulls every row towards zero, masked or not.
        momentum : float
            Of the compactor's own stochastic gradient descent.
        """
        rows = self.weight.flatten(1)
        pull = rows / rows.norm(dim=1, keepdim=True).clamp_min(1e-12)
        gradient = self.weight.grad.flatten(1) * self.mask.unsqueeze(1) + strength * pull
        self.velocity.mul_(momentum).add_(gradient)
        self.weight.sub_(rate * self.velocity.view_as(self.weight))
        self.weight.grad = None  # the network's own optimiser leaves alone what has no gradient


def _targets_of(model: nn.Module, plan: Plan, part: str = "") -> None:
    """Refuse a network without the layers of a plan."""
    checks.instance("plan", plan, Plan, "a Plan, from `Plan.of`")
    known = dict(networks.plain("model", model).named_modules())
    missing = next((target.norm + part for target in plan.targets if target.norm + part not in known), None)
    if missing is not None:
        raise ParameterError(f"parameter `model` got a network without the layer `{missing}`; it takes the plan's own")


def insert(model: nn.Module, plan: Plan) -> nn.Module:
    """Make a copy of a network with a compactor behind the batch norm of every target: its logits are the same.

    Parameters
    ----------
    model : torch.nn.Module
        The network; it is left as it was.
    plan : Plan
        Its plan.

    Returns
    -------
    torch.nn.Module
        The batch norm ``bn1`` is now ``bn1.norm``, and the compactor ``bn1.compactor``.

    Examples
    --------
    >>> from pruneuq_helpers import models
    >>> model = models.build("resnet8", 10, (3, 32, 32)).eval()
    >>> images = torch.rand(2, 3, 32, 32)
    >>> torch.equal(insert(model, Plan.of(model)).eval()(images), model(images))
    True
    """
    _targets_of(model, plan)
    return inserted(model, plan)


def inserted(model: nn.Module, plan: Plan) -> nn.Module:  # of what is checked
    twin = copy.deepcopy(model)
    for target in plan.targets:
        norm = twin.get_submodule(target.norm)
        compactor = Compactor(target.group.width).to(norm.weight)
        _put(twin, target.norm, nn.Sequential(OrderedDict(norm=norm, compactor=compactor)))
    return twin


def fold(model: nn.Module, plan: Plan, threshold: float) -> nn.Module:
    """Fold every compactor into the convolution and batch norm before it, and cut the rows that are next to zero.

    The convolution becomes compactor times batch norm times convolution, and the batch norm keeps its place with
    nothing left to do but to add the shift: so the network is one of the usual shape, only narrower.

    Parameters
    ----------
    model : torch.nn.Module
        A network with compactors; it is left as it was.
    plan : Plan
        Its plan.
    threshold : float
        Rows with a smaller norm go; the longest row of a layer always stays.

    Returns
    -------
    torch.nn.Module

    Examples
    --------
    >>> from pruneuq_helpers import metrics, models
    >>> model = models.build("resnet8", 10, (3, 32, 32)).eval()
    >>> plan = Plan.of(model)
    >>> with_compactors = insert(model, plan)
    >>> _ = with_compactors.layer1[0].bn1.compactor.weight.data[4:].zero_()
    >>> fold(with_compactors, plan, threshold=1e-5).layer1[0].conv1
    Conv2d(16, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)
    """
    _targets_of(model, plan, ".compactor")
    return folded(model, plan, checks.number("threshold", threshold, "a number of at least 0", low=0))


def folded(model: nn.Module, plan: Plan, threshold: float) -> nn.Module:  # of what is checked
    twin, gone = copy.deepcopy(model), {}
    for target in plan.targets:
        pair = twin.get_submodule(target.norm)
        gone[target.group] = shortest(pair.compactor, threshold)
        fuse(twin.get_submodule(target.conv), pair.norm, pair.compactor)
        _put(twin, target.norm, pair.norm)
    return delete(twin, plan.groups, [gone.get(group, []) for group in plan.groups])


def short_rows(compactor: Compactor, threshold: float) -> list[int]:
    """Rows of a compactor whose norm is below a threshold, but for the longest.

    Parameters
    ----------
    compactor : Compactor
    threshold : float

    Returns
    -------
    list of int

    Examples
    --------
    >>> compactor = Compactor(3)
    >>> _ = compactor.weight.data[1:].zero_()
    >>> short_rows(compactor, 1e-5)
    [1, 2]
    """
    checks.instance("compactor", compactor, Compactor, "a Compactor")
    return shortest(compactor, checks.number("threshold", threshold, "a number of at least 0", low=0))


def shortest(compactor: Compactor, threshold: float) -> list[int]:  # of what is checked
    norms = compactor.norms()
    longest = int(norms.argmax())
    return [row for row in (norms < threshold).nonzero().flatten().tolist() if row != longest]


def _put(model: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, module)
