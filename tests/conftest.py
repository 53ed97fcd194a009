"""torchmetrics and laplace-torch import torchvision, which on some machines can only be imported this way first."""

import pruneuq_helpers.data.vision  # noqa: F401
