"""Chapter 9's small study, once for all of its tests."""

import pandas as pd
import pytest
from model_uncertainty_small import SMALL

from pruneuq_helpers.chapters.model_uncertainty import networks
from pruneuq_helpers.chapters.model_uncertainty import study as study_of


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    return study_of.ModelUncertaintyStudy(**SMALL, out=str(tmp_path_factory.mktemp("runs")))


@pytest.fixture(scope="session")
def cells(study):
    return study_of.cells(study)


@pytest.fixture(scope="session", params=["digits", "moons"])
def case(request, cells):
    cell = next(one for one in cells if one["data"] == request.param)
    shown = networks.shown_for(cell)
    return cell, shown, networks.grown(cell, shown)


@pytest.fixture(scope="session")
def table(cells):
    parts = [study_of.work(cell).assign(data=cell["data"], seed=cell["seed"]) for cell in cells]
    return pd.concat(parts, ignore_index=True)
