"""A mean and its spread over seeds, as the book writes them."""

import numpy as np


def plus_minus(values, digits: int = 3) -> str:
    """Mean ± sample standard deviation.

    >>> plus_minus([0.5, 0.75], 2), plus_minus([-0.5]), plus_minus([])
    ('0.62 ± 0.18', '−0.500', '–')
    """
    values = np.asarray(values, float)
    values = values[~np.isnan(values)]
    if not len(values):
        return "–"
    spread = f" ± {values.std(ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{values.mean():.{digits}f}{spread}".replace("-", "−")
