"""Chapter 6's small run, once for all of its tests."""

import pytest
from bayesian_small import study

from pruneuq_helpers.chapters.bayesian_pruning import tables as bayesian_tables


@pytest.fixture(scope="session")
def table(tmp_path_factory):
    small = study(tmp_path_factory.mktemp("bayesian"))
    return small.run("methods")


@pytest.fixture(scope="session")
def result(table):
    return bayesian_tables.outcome(table)
