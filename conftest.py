"""For every test and doctest."""

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def print_options():
    """What a test runs may round what is printed, as joblib does while it writes; the next test must not see it."""
    with np.printoptions():
        yield
