"""A rule's fingerprint changes with what it computes and with nothing else; the history knows every rule."""

import importlib
import sys

import pandas as pd
import pytest

from pruneuq_helpers import chapters, ledger
from pruneuq_helpers.chapters import register
from pruneuq_helpers.claims import Claim
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.ledger.rules import COLUMNS

SOURCE = '''
EDGE = 0.5

def helper(table):
    """Words."""
    return table["heads"] - EDGE

def made(column):
    def measure(table):
        return helper(table) + sum(table[name] for name in [column])
    return measure

MEASURE = made("tails")
'''
STUDY = "pruneuq_helpers.chapters.study_under_test"


@pytest.fixture
def digits(tmp_path, monkeypatch):
    """From a study's source to the fingerprint of its MEASURE; every source is a module of its own."""
    files = iter(range(100))

    def printed(source: str) -> str:
        path = tmp_path / f"study{next(files)}.py"
        path.write_text(source)
        spec = importlib.util.spec_from_file_location(STUDY, path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, STUDY, module)
        spec.loader.exec_module(module)
        return ledger.fingerprint(module.MEASURE)

    return printed


def test_layout_comments_and_docstrings_do_not_count(digits):
    other = SOURCE.replace('"""Words."""', '"""Other words."""  # and a comment')
    other = "\n# moved down\n" + other.replace("helper(table) + sum(", "helper(\n            table\n        ) + sum(")
    assert digits(other) == digits(SOURCE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("EDGE = 0.5", "EDGE = 0.6"),
        ('table["heads"] - EDGE', 'EDGE - table["heads"]'),
        ('made("tails")', 'made("heads")'),
        ("helper(table) + sum", "helper(table) - sum"),
        ('MEASURE = made("tails")', "MEASURE = lambda table: made('tails')(table)"),
    ],
)
def test_what_is_computed_counts(digits, old, new):
    assert SOURCE.count(old) == 1
    assert digits(SOURCE.replace(old, new)) != digits(SOURCE)


def test_the_history_knows_every_rule_as_it_is():
    found = ledger.unrecorded(ledger.rules(), ledger.history())
    assert found.empty, (
        "rules that book/ledger_history.csv does not know; `python tools/ledger.py --record` writes them there:\n"
        + found.to_string()
    )


def rule(id="S9.a", rule="mean > 0", measure="one"):
    return {"id": id, "rule": rule, "measure": measure}


def past(*rows):
    return pd.DataFrame([{"date": "2026-01-01", "change": "registered", **row} for row in rows], columns=list(COLUMNS))


@pytest.mark.parametrize(
    ("now", "before", "changes"),
    [
        ([rule()], [], ["registered"]),
        ([rule()], [rule()], []),
        ([rule(rule="mean > 0.1")], [rule()], ["rule changed"]),
        ([rule(measure="two")], [rule()], ["measure rewritten"]),
        ([], [rule()], ["removed"]),
        ([], [rule(), rule() | {"change": "removed"}], []),
        ([rule()], [rule(), rule() | {"change": "removed"}], ["registered"]),
        ([rule()], [rule(measure="two"), rule() | {"change": "measure rewritten: a slip"}], []),
    ],
)
def test_changes_by_hand(now, before, changes):
    now = pd.DataFrame(now, columns=["id", "rule", "measure"])
    assert ledger.unrecorded(now, past(*before))["change"].tolist() == changes


def test_a_changed_rule_needs_a_reason_and_keeps_its_past(tmp_path):
    path = tmp_path / "history.csv"
    ledger.record(path=path)
    known = pd.read_csv(path, dtype=str)
    known.loc[0, "measure"] = "another"
    known.to_csv(path, index=False)
    with pytest.raises(ParameterError, match=f"^`why` got ''; .*{known.loc[0, 'id']}$"):
        ledger.record(path=path)
    ledger.record("it counted a seed twice", path=path)
    told = ledger.history(path)
    assert len(told) == len(known) + 1
    assert told.iloc[-1]["change"] == "measure rewritten: it counted a seed twice"
    assert ledger.unrecorded(ledger.rules(), told).empty


def test_the_register_has_at_least_forty_claims_and_each_id_once():
    claims = register()
    assert len(claims) >= 40
    ids = [one.id for one in [*claims, *ledger.UNTESTED]]
    assert len(set(ids)) == len(ids)
    assert {claim.source for claim in claims} <= {"S0", "S1", "S2", "S3", "S4", "book"}


def test_every_list_of_claims_of_a_study_is_in_the_register():
    known = {claim.id for claim in register()}
    for room in chapters.modules():
        for value in vars(room).values():
            if isinstance(value, list | tuple) and value and all(isinstance(one, Claim) for one in value):
                assert {claim.id for claim in value} <= known, room.__name__
