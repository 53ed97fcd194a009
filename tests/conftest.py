"""torchmetrics and laplace-torch import torchvision, which on some machines can only be imported this way first."""

import pruneuq_helpers.data.vision  # noqa: F401


def pytest_collection_modifyitems(items):
    """What takes many seconds is begun first: at the end workers share what is short, and none of them waits long."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
