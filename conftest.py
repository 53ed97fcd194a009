"""For every test and doctest."""

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def print_options():
    """A notebook's code that a test runs may round what is printed; the next test must not see it."""
    with np.printoptions():
        yield
