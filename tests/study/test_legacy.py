"""Tables from before the keys: readable, and marked as what they are."""

import json

import pandas as pd
import pytest

from pruneuq_helpers.study import legacy

PROVENANCE = {
    "profile": "real",
    "chapter": "00_toys",
    "started": "2026-01-31T10:00:00+00:00",
    "commit": "3cddd07513f4a23bff7f1fdde76de22f4c7bc8ae + changes",
    "device": "cpu",
}


@pytest.fixture
def old_run(checkout):
    folder = checkout / "book" / "results" / "real" / "00_toys"
    folder.mkdir(parents=True)
    (folder / "provenance.json").write_text(json.dumps(PROVENANCE))
    pd.DataFrame({"seed": [0, 1]}).to_csv(folder / "table.csv", index=False)
    return folder


def test_an_old_table_is_read_and_marked(old_run):
    found = legacy.table("real", "00_toys")
    assert found["seed"].tolist() == [0, 1]
    assert found.attrs["note"].endswith("kept in book/results/real/00_toys/table.csv, made before the keys")
    expected = "Profile `real`, run on 2026-01-31 at commit 3cddd07 with changes on cpu; made before the keys."
    assert legacy.note("real", "00_toys") == expected
    assert [run["folder"].resolve() for run in legacy.stored()] == [old_run.resolve()]


def test_where_there_is_none_it_is_said(checkout):
    for kind in ("table", "claims"):
        found = legacy.table("real", "00_toys", kind)
        assert found.empty
        assert found.attrs["note"] == "no results of 00_toys are kept for the profile `real`"
    assert legacy.note("real", "00_toys") == "No results of 00_toys are kept for the profile `real`."
    assert legacy.stored() == []
