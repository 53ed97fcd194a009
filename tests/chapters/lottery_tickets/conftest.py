"""Chapter 3's small run, once for all of its tests."""

import pytest
from lottery_small import make, whole


@pytest.fixture(scope="session")
def table(tmp_path_factory):
    return whole(make(tmp_path_factory.mktemp("study"), workers=1))
