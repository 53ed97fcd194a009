"""A rule's history holds its words and its values, and no change goes unseen."""

import types
from importlib import import_module

import pandas as pd
import pytest

from pruneuq_helpers import ledger
from pruneuq_helpers.chapters import register
from pruneuq_helpers.claims import Claim
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.ledger.rules import COLUMNS

module = import_module("pruneuq_helpers.ledger.rules")  # the package's name for it is a function

GOLDEN = pd.DataFrame({"seed": [0, 1, 2], "heads": [0.6, 0.7, 0.65]})


def digest(measure, table=GOLDEN):
    claim = Claim("book.a", "01", "book", "ch. 1", "", "a", "A.", "a", "share", measure)
    return module._digest(claim, table)


def test_how_a_measure_is_written_does_not_count_and_what_it_gives_does():
    assert digest(lambda table: table["heads"] - 0.5) == digest(lambda table: -(0.5 - table.heads))
    assert digest(lambda table: table["heads"] - 0.5) != digest(lambda table: table["heads"] - 0.6)


def test_rounding_beyond_what_golden_rows_promise_does_not_count():
    assert digest(lambda table: table["heads"] * (1 + 1e-9)) == digest(lambda table: table["heads"])


def test_where_the_small_tables_have_nothing_to_compare_there_is_no_digest():
    assert digest(lambda table: []) == ""


def test_the_history_knows_every_rule_as_it_is():
    found = ledger.unrecorded(ledger.rules(), ledger.history())
    assert found.empty, (
        "rules that book/ledger_history.csv does not know; `python tools/ledger.py --record` writes them there:\n"
        + found.to_string()
    )


def rule(id="S9.a", rule="mean > 0", values="one"):
    return {"id": id, "rule": rule, "values": values}


def past(*rows):
    return pd.DataFrame([{"date": "2026-01-01", "change": "registered", **row} for row in rows], columns=list(COLUMNS))


@pytest.mark.parametrize(
    ("now", "before", "changes"),
    [
        ([rule()], [], ["registered"]),
        ([rule()], [rule()], []),
        ([rule(rule="mean > 0.1")], [rule()], ["rule changed"]),
        ([rule(values="two")], [rule()], ["other values"]),
        ([], [rule()], ["removed"]),
        ([], [rule(), rule() | {"change": "removed: asked twice"}], []),
        ([rule()], [rule(), rule() | {"change": "removed"}], ["registered"]),
        ([rule()], [rule(values="two"), rule() | {"change": "other values: a slip"}], []),
    ],
)
def test_changes_by_hand(now, before, changes):
    now = pd.DataFrame(now, columns=["id", "rule", "values"])
    assert ledger.unrecorded(now, past(*before))["change"].tolist() == changes


@pytest.fixture
def one_rule(monkeypatch):
    """A register of one claim."""
    measure = lambda table: table["heads"]  # noqa: E731
    claim = Claim("book.a", "01", "book", "ch. 1", "", "a", "A.", "a", "share", measure)
    chapter = types.SimpleNamespace(claims=types.SimpleNamespace(CLAIMS=[claim]))
    monkeypatch.setattr(module, "CHAPTERS", [chapter])
    monkeypatch.setattr(module, "register", lambda: [claim])
    monkeypatch.setattr(module, "golden", lambda chapter: GOLDEN)


def test_a_changed_rule_needs_a_reason_and_keeps_its_past(tmp_path, one_rule):
    path = tmp_path / "history.csv"
    ledger.record(path=path)
    known = pd.read_csv(path, dtype=str)
    known.loc[0, "values"] = "another"
    known.to_csv(path, index=False)
    with pytest.raises(ParameterError, match="^`why` got ''; .*book.a$"):
        ledger.record(path=path)
    ledger.record("it counted a seed twice", path=path)
    told = ledger.history(path)
    assert told["change"].tolist() == ["registered", "other values: it counted a seed twice"]
    assert ledger.unrecorded(ledger.rules(), told).empty


def test_a_rule_that_goes_leaves_its_reason(tmp_path, one_rule):
    path = tmp_path / "history.csv"
    past(rule("book.b")).to_csv(path, index=False)
    with pytest.raises(ParameterError, match="^`why` got ''; .*book.b$"):
        ledger.record(path=path)
    ledger.record("it asked what book.a asks", path=path)
    told = ledger.history(path)
    assert told["change"].tolist() == ["registered", "registered", "removed: it asked what book.a asks"]
    assert ledger.unrecorded(ledger.rules(), told).empty


def test_the_register_has_at_least_forty_claims_and_each_id_once():
    claims = register()
    assert len(claims) >= 40
    ids = [one.id for one in [*claims, *ledger.UNTESTED]]
    assert len(set(ids)) == len(ids)
    assert {claim.source for claim in claims} <= {"S0", "S1", "S2", "S3", "S4", "book"}


def test_our_own_questions_stay_few():
    """One more needs a conclusion that stands on it, and perhaps another one that goes: see book/ledger_rules.md."""
    ours = pd.Series([claim.chapter for claim in register() if claim.source == "book"])
    assert len(ours) <= 55
    assert ours.value_counts().max() <= 18
