"""Chapter 8's small run, once for all of its tests."""

import pytest
from forgetting_small import SMALL

from pruneuq_helpers.chapters.forgotten_examples import study as forgetting


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    return forgetting.ForgettingStudy(**SMALL, out=str(tmp_path_factory.mktemp("runs")))


@pytest.fixture(scope="session")
def table(study):
    return study.measured()


@pytest.fixture(scope="session")
def said(study, table):
    return study.run("populations")
