"""A store that other code filled: its cheapest cell is computed again, and must agree on the same machine."""

import pytest
from toys import toy

from pruneuq_helpers.errors import StudyError
from pruneuq_helpers.study import compare, engine, machine
from pruneuq_helpers.study.compare import differences
from pruneuq_helpers.study.digest import code_digest
from pruneuq_helpers.study.store import Store


class Shifted:
    """Work whose numbers can be moved without its source being another."""

    by, calls = 0.0, 0


def work(cell):
    Shifted.calls += 1
    return {"loss": cell["seed"] + 0.5 + Shifted.by, "took": Shifted.calls}


def cells(study):
    return [{"seed": seed} for seed in range(study.seeds)]


@pytest.fixture
def study(tmp_path):
    Shifted.by, Shifted.calls = 0.0, 0
    made = toy(cells, work, timed=("took",))(seeds=3, workers=1, out=str(tmp_path))
    made.run("toy")
    return made


def pretend_other_code(monkeypatch, name="edited"):
    for module in (compare, engine, machine):
        monkeypatch.setattr(module, "package_digest", lambda: name)
    monkeypatch.setattr("pruneuq_helpers.study.attempt.package_digest", lambda: name)


def test_the_same_numbers_are_read_and_it_is_said(study, monkeypatch):
    pretend_other_code(monkeypatch)
    table = study.run("toy")
    assert Shifted.calls == 4, "three cells, and the cheapest again"
    assert table.attrs.items() >= {"computed": 0, "read": 3}.items()
    assert table.attrs["note"] == "3 cells were computed by other code of version 1; the cheapest agrees"
    assert "note: toy: 3 cells were computed by other code" in (study.folder / "log.txt").read_text()
    assert "the cheapest agrees" in str(study.finish(table))
    study.run("toy")
    assert Shifted.calls == 4, "this code has been compared"
    pretend_other_code(monkeypatch, "edited again")
    study.run("toy")
    assert Shifted.calls == 5


def test_other_numbers_stop_the_run(study, monkeypatch):
    pretend_other_code(monkeypatch)
    Shifted.by = 1e-3
    with pytest.raises(StudyError) as caught:
        study.run("toy")
    said = str(caught.value)
    assert said.startswith("3 stored cells of `toy` were computed by other code of version 1, and the cheapest of them")
    assert "row 0, column `loss`: " in said
    assert said.endswith("raise the version of the part, or undo the change, or compute anew with `fresh=True`")
    assert study.run("toy", fresh=True)["loss"].tolist() == [0.501, 1.501, 2.501]
    assert study.run("toy").attrs["computed"] == 0


def test_on_another_machine_the_difference_is_said(study, monkeypatch):
    store = Store(study.folder / "cells")
    for record in store.records():
        store.write(record["key"], record | {"machine": record["machine"] | {"processor": "another"}})
    pretend_other_code(monkeypatch)
    Shifted.by = 1e-3
    table = study.run("toy")
    assert "the cheapest differs on this machine: row 0, column `loss`: " in table.attrs["note"]
    assert table["loss"].tolist() == [0.5, 1.5, 2.5]


def in_a_stack(cells):
    """Rounds otherwise where a cell is alone, as float32 does."""
    Shifted.calls += 1
    return [{"loss": cell["seed"] + 0.5 * (len(cells) > 1) + Shifted.by} for cell in cells]


def test_a_cell_that_rounds_otherwise_alone_is_compared_in_its_stack(tmp_path, monkeypatch):
    Shifted.by, Shifted.calls = 0.0, 0

    class Stacked(toy(cells, in_a_stack, together="together")):
        together: int = 3

    study = Stacked(seeds=3, workers=1, out=str(tmp_path))
    study.run("toy")
    pretend_other_code(monkeypatch)
    assert study.run("toy").attrs["note"].endswith("the cheapest agrees")
    assert Shifted.calls == 3, "the stack, a cell of it alone, and the stack again"
    pretend_other_code(monkeypatch, "edited again")
    Shifted.by = 1e-3
    with pytest.raises(StudyError, match="0.5 was stored, 0.501 comes out|1.5 was stored|2.5 was stored"):
        study.run("toy")


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"a": [1.0 + 1e-9, None], "b": ["x", "y"]}, []),
        ({"a": [1.1, None], "b": ["x", "y"]}, ["row 0, column `a`: 1.0 was stored, 1.1 comes out"]),
        ({"a": [1.0, float("nan")], "b": ["x", "y"]}, ["row 1, column `a`: None was stored, nan comes out"]),
        ({"a": [1.0, None], "b": ["x", "z"]}, ["row 1, column `b`: 'y' was stored, 'z' comes out"]),
        ({"a": [True, None], "b": ["x", "y"]}, ["row 0, column `a`: 1.0 was stored, True comes out"]),
        ({"a": [1.0], "b": ["x"]}, ["2 rows were stored, and 1 come out"]),
        ({"a": [1.0, None]}, ["column `b` is in one of both only"]),
    ],
)
def test_differences_are_said_one_by_one(now, said):
    assert differences({"a": [1.0, None], "b": ["x", "y"]}, now) == said


CODE = 'import math\n\n\ndef area(r):\n    """Of a circle."""\n    return math.pi * r**2  # squared\n'


@pytest.mark.parametrize(
    "other",
    [
        CODE.replace('    """Of a circle."""\n', ""),
        CODE.replace("Of a circle", "Of anything"),
        CODE.replace("  # squared", ""),
        CODE.replace("math.pi * r**2", "(math.pi\n            * r ** 2)"),
        '"""A module."""\n' + CODE,
    ],
)
def test_docstrings_comments_and_layout_do_not_count(other):
    assert code_digest(other) == code_digest(CODE)


@pytest.mark.parametrize("other", [CODE.replace("**2", "**3"), CODE.replace("area", "disc"), CODE + "x = 1\n"])
def test_code_counts(other):
    assert code_digest(other) != code_digest(CODE)
