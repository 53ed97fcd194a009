"""Chapter 5's small run, once for all of its tests."""

import pytest
from calibration_small import SMALL

from pruneuq_helpers.chapters.tickets_and_calibration import study as calibration
from pruneuq_helpers.chapters.tickets_and_calibration.networks import networks
from pruneuq_helpers.study.images import show


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    return calibration.CalibrationStudy(**SMALL, out=str(tmp_path_factory.mktemp("runs")))


@pytest.fixture(scope="session")
def shown(study):
    return show(study.where, [0, 1])


@pytest.fixture(scope="session")
def found(study, shown):
    return networks(calibration.cells(study)[0] | {"strategies": SMALL["strategies"]}, [0, 1], shown)


@pytest.fixture(scope="session")
def table(study):
    return study.run("tickets")
