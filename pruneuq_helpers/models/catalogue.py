"""The networks by name: making one, and reading what is needed to make its like."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from torch import nn

from pruneuq_helpers import checks
from pruneuq_helpers.checks import networks
from pruneuq_helpers.errors import ParameterError, suggestion
from pruneuq_helpers.models import plain, residual


@dataclass(frozen=True)
class _Entry:
    make: Callable[..., nn.Module]
    read: Callable[[nn.Module], dict]
    widths: dict = field(default_factory=dict)


def _residual_widths(model: nn.Module) -> dict:
    return model.widths()


_VGG19 = (64,) * 2 + (128,) * 2 + (256,) * 4 + (512,) * 8
_RESNET = {"width": 64, "stages": None, "inner": None}
_MOST, _MOST_LAYERS = 1_000_000, 1000  # units of a layer, and layers
CATALOGUE: dict[str, _Entry] = {
    "mlp": _Entry(plain.mlp, plain.row_widths, {"hidden": (128, 128)}),
    "fcn": _Entry(plain.mlp, plain.row_widths, {"hidden": (512, 256, 128)}),
    "lenet": _Entry(plain.lenet, plain.row_widths, {"conv": (6, 16), "hidden": (120, 84)}),
    "cnn": _Entry(plain.cnn, plain.row_widths, {"conv": (16, 32), "hidden": ()}),
    "vgg_small": _Entry(partial(plain.vgg, stages=(2, 2, 2)), plain.row_widths, {"conv": (16, 16, 32, 32, 64, 64)}),
    "vgg19": _Entry(partial(plain.vgg, stages=(2, 2, 4, 4, 4)), plain.row_widths, {"conv": _VGG19}),
    "resnet8": _Entry(partial(residual.ResNet, blocks=(1, 1, 1)), _residual_widths, _RESNET | {"width": 16}),
    "resnet10": _Entry(
        partial(residual.ResNet, blocks=(1, 2, 1), pooled=True), _residual_widths, _RESNET | {"width": 48}
    ),
    "resnet18": _Entry(partial(residual.ResNet, blocks=(2, 2, 2, 2)), _residual_widths, _RESNET),
    "resnet18_224": _Entry(partial(residual.ResNet, blocks=(2, 2, 2, 2), large=True), _residual_widths, _RESNET),
    "wrn": _Entry(
        residual.WideResNet,
        _residual_widths,
        {"depth": 16, "width": 4, "stem": 16, "stages": None, "inner": None},
    ),
}


def build(name: str, classes: int, input_shape: Sequence[int], **widths) -> nn.Module:
    """Make a network of the book, with fresh random weights (torch's own initialisation).

    ====================  =============================================================  ====================
    name                  network                                                        widths
    ====================  =============================================================  ====================
    ``mlp``               multilayer perceptron                                          hidden
    ``fcn``               the same with three hidden layers of 512, 256, 128 (S3)        hidden
    ``lenet``             tutorial LeNet (S0)                                            conv, hidden
    ``cnn``               3x3 convolutions, each with ReLU and pooling; 8x8 and larger   conv, hidden
    ``vgg_small``         six convolutions in three stages; 8x8 and larger               conv
    ``vgg19``             VGG-19 with batch norm; 32x32 and larger (S1)                  conv
    ``resnet8``           ResNet-8, first stage 16 wide                                  width, stages, inner
    ``resnet10``          ResNet-10 that pools behind its stem, 48 wide, for processors  width, stages, inner
    ``resnet18``          ResNet-18 for 32x32 images (S1)                                width, stages, inner
    ``resnet18_224``      ResNet-18 with the 7x7 stem for 224x224 images                 width, stages, inner
    ``wrn``               wide residual network, WRN-16-4 unless told (S4)               depth, width, stem,
                                                                                         stages, inner
    ====================  =============================================================  ====================

    `width` is one number that scales the whole network; `stages` and `inner` give every width by itself, as a
    pruned network needs it.

    Parameters
    ----------
    name : str
        One of the names above.
    classes : int
        Number of logits.
    input_shape : sequence of int
        Shape of one example, for images channels, height, width.
    **widths
        Widths, in place of the usual ones.

    Returns
    -------
    torch.nn.Module
        The model; it carries `name`, `classes` and `input_shape`.

    Examples
    --------
    >>> model = build("mlp", classes=2, input_shape=(2,), hidden=(20, 10))
    >>> model.fc2
    Linear(in_features=20, out_features=10, bias=True)
    """
    entry = CATALOGUE[checks.choice("name", name, CATALOGUE)]
    shape = networks.shape("input_shape", input_shape)
    unknown = next((width for width in widths if width not in entry.widths), None)
    if unknown is not None:
        raise ParameterError(
            f"parameter `{unknown}` got a value for `{name}`; it takes none but {', '.join(entry.widths)}"
            + suggestion(unknown, entry.widths)
        )
    checked = {width: _checked(width, value, entry.widths[width]) for width, value in widths.items()}
    model = entry.make(checks.whole("classes", classes, most=_MOST), shape, **(entry.widths | checked))
    model.name, model.classes, model.input_shape = name, classes, shape
    return model


def _checked(name: str, value, usual):
    """One width where one is usual, else a list of them; None stands for the usual ones."""
    if value is None and usual is None:
        return None
    one = partial(checks.whole, most=_MOST)
    if isinstance(usual, int):
        return one(name, value)
    found = checks.each(name, value, one, least=0)
    if len(found) > _MOST_LAYERS:
        raise ParameterError(f"parameter `{name}` got {len(found)} widths; it takes at most {_MOST_LAYERS}")
    return found


def architecture(model: nn.Module) -> dict:
    """Read what `build` needs to make the like of a model, pruned or not.

    ``build(**architecture(model))`` has the same shape and fresh weights: the random re-initialisation of a
    pruned structure (S0).

    Parameters
    ----------
    model : torch.nn.Module
        A model that `build` made, whatever was removed from it since.

    Returns
    -------
    dict
        `name`, `classes`, `input_shape` and the widths.

    Examples
    --------
    >>> architecture(build("lenet", 10, (1, 28, 28)))
    {'name': 'lenet', 'classes': 10, 'input_shape': [1, 28, 28], 'conv': [6, 16], 'hidden': [120, 84]}
    """
    return architecture_of(networks.network("model", model))


def architecture_of(model: nn.Module) -> dict:  # of what is checked to be a network
    if not defined_here(model):
        raise ParameterError(
            f"parameter `model` got a {type(model).__name__} that this package does not define; "
            "it takes a model made by `models.build`"
        )
    entry = CATALOGUE[model.name]
    try:
        read = entry.read(model)
    except networks.FAULTS as error:
        raise ParameterError(
            f"parameter `model` got a {type(model).__name__} that calls itself `{model.name}` and is none; "
            "it takes a model made by `models.build`"
        ) from error
    widths = {width: value for width, value in read.items() if width in entry.widths}
    return {"name": model.name, "classes": model.classes, "input_shape": list(model.input_shape), **widths}


def defined_here(model: nn.Module) -> bool:
    """Tell whether `build` made a model, whatever was removed from it since."""
    return (
        all(hasattr(model, name) for name in ("name", "classes", "input_shape"))
        and isinstance(model.name, str)
        and model.name in CATALOGUE
    )
