"""The plain loop that every member is held against: one network, a DataLoader, torch.optim."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def plain_loop(model, images, labels, seed, epochs, batch=64, optimiser="adam", mask=None, validation=None,
               patience=None, **options):  # fmt: skip
    """Train one module; returns its state and the epochs of the lowest validation loss and of the stop."""
    maker = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[optimiser]
    stepper = maker(model.parameters(), lr=options.pop("rate", 1e-3), **options)
    generator = torch.Generator().manual_seed(seed)
    loader = DataLoader(TensorDataset(images, labels), batch_size=batch, shuffle=True, generator=generator)
    apply_mask(model, mask)
    torch.manual_seed(seed)
    lowest, best_epoch, best = float("inf"), 0, None
    for epoch in range(1, epochs + 1):
        model.train()
        for x, y in [(images, labels)] if batch is None else loader:
            stepper.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            stepper.step()
            apply_mask(model, mask)
        if validation is None:
            continue
        model.eval()
        with torch.no_grad():
            loss = nn.functional.cross_entropy(model(validation[0]), validation[1]).item()
        if loss < lowest:
            lowest, best_epoch = loss, epoch
            best = {name: value.clone() for name, value in model.state_dict().items()}
        elif patience is not None and epoch - best_epoch >= patience:
            break
    return best if patience is not None else model.state_dict(), best_epoch, epoch


@torch.no_grad()
def apply_mask(model, mask):
    for name, parameter in model.named_parameters():
        if mask and name in mask:
            parameter.mul_(mask[name])


def distance(state, other):
    """The largest difference between two state dicts."""
    return max((state[name].double() - other[name].double()).abs().max().item() for name in state)


def clouds(size=150, features=5, classes=3, seed=0, dtype=torch.float64):
    """Images of noise around one centre a class."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, classes, (size,), generator=generator)
    shape = (features,) if isinstance(features, int) else tuple(features)
    centres = torch.randn(classes, *shape, generator=torch.Generator().manual_seed(99))
    return (centres[labels] + torch.randn(size, *shape, generator=generator)).to(dtype), labels


def random_masks(network, members, seed=0):
    """One mask per member and weight, at levels from 0 to 0.9."""
    generator = torch.Generator().manual_seed(seed)
    shapes = {name: network.parameters()[name] for name in network.prunable()}
    return [
        {name: (torch.rand(shape, generator=generator) >= k * 0.9 / members).float() for name, shape in shapes.items()}
        for k in range(members)
    ]
