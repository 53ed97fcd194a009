"""laplace-torch imports torchmetrics, and that torchvision, which on some machines can only be imported this way."""

import pruneuq_helpers.vision  # noqa: F401
