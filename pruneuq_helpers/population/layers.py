"""One layer as a few plain numbers."""

from dataclasses import dataclass, replace

from torch import nn

from pruneuq_helpers.errors import ParameterError

LAYERS = ("Linear", "Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d", "Dropout", "Flatten")


@dataclass(frozen=True)
class Layer:
    """One layer: its kind (the class in ``torch.nn``), its name and the numbers that make it."""

    kind: str
    name: str
    inputs: int = 0
    outputs: int = 0
    kernel: int = 0
    padding: int = 0
    bias: bool = True
    rate: float = 0.0

    def module(self) -> nn.Module:
        """The plain torch layer."""
        if self.kind == "Linear":
            return nn.Linear(self.inputs, self.outputs, bias=self.bias)
        if self.kind == "Conv2d":
            return nn.Conv2d(self.inputs, self.outputs, self.kernel, padding=self.padding, bias=self.bias)
        if self.kind == "BatchNorm2d":
            return nn.BatchNorm2d(self.outputs)
        if self.kind == "MaxPool2d":
            return nn.MaxPool2d(2)
        return nn.Dropout(self.rate) if self.kind == "Dropout" else getattr(nn, self.kind)()

    def parameters(self) -> dict[str, tuple]:
        """Name to shape of what the optimiser moves, as in the ``state_dict``."""
        shapes = {
            "Linear": (self.outputs, self.inputs),
            "Conv2d": (self.outputs, self.inputs, self.kernel, self.kernel),
            "BatchNorm2d": (self.outputs,),
        }
        if self.kind not in shapes:
            return {}
        bias = {f"{self.name}.bias": (self.outputs,)} if self.bias else {}
        return {f"{self.name}.weight": shapes[self.kind], **bias}

    def buffers(self) -> dict[str, tuple]:
        """Name to shape of what is carried along without being trained."""
        if self.kind != "BatchNorm2d":
            return {}
        return {f"{self.name}.running_mean": (self.outputs,), f"{self.name}.running_var": (self.outputs,)}


def read(name: str, leaf: nn.Module) -> Layer:
    """A plain torch layer as a `Layer`."""
    kind = type(leaf).__name__
    layer = Layer(kind, name)
    if kind == "Linear":
        layer = replace(layer, inputs=leaf.in_features, outputs=leaf.out_features, bias=leaf.bias is not None)
    elif kind == "Conv2d":
        sizes = {"inputs": leaf.in_channels, "outputs": leaf.out_channels, "kernel": leaf.kernel_size[0]}
        layer = replace(layer, **sizes, padding=leaf.padding[0], bias=leaf.bias is not None)
    elif kind == "BatchNorm2d":
        layer = replace(layer, outputs=leaf.num_features)
    elif kind == "Dropout":
        layer = replace(layer, rate=leaf.p)
    # Building it back and comparing catches every option (stride, dilation, groups, ...) that we do not offer.
    if kind not in LAYERS or repr(layer.module()) != repr(leaf).replace("inplace=True", ""):
        raise ParameterError(
            f"parameter `network` got {leaf!r} at `{name}`; it takes {', '.join(LAYERS)} "
            "with square kernels, stride 1 and otherwise default options"
        )
    return layer
