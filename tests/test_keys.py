"""A key changes with all that a result depends on, and with nothing else."""

import importlib
import itertools
import sys
import textwrap

import pytest

from pruneuq_helpers import keys
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.keys import cell_key, code_identity

numbers = itertools.count()
SCRIPT = """
    import math
    from pruneuq_helpers import errors
    from pruneuq_helpers.sentences import suggestion

    EPOCHS = 10
    UNUSED = 1

    class Net:
        width = 3

        def forward(self, x):
            return scaled(x)

    def scaled(x):
        return EPOCHS * x

    def unused(x):
        return x

    def work(cell):
        return {"y": math.sqrt(Net().forward(cell["x"])), "hint": suggestion("a", []), "e": errors.__name__}
"""


@pytest.fixture
def identity(tmp_path, monkeypatch):
    """The identity of the script's work after a change."""
    monkeypatch.syspath_prepend(tmp_path)
    seen = []
    monkeypatch.setattr(keys, "source_hash", lambda module: seen.append(module) or f"source of {module}")

    def after(old="", new=""):
        name = f"script_of_keys_{next(numbers)}"
        script = textwrap.dedent(SCRIPT)
        assert script.count(old) == 1 or not old
        (tmp_path / f"{name}.py").write_text(script.replace(old, new) if old else script)
        importlib.invalidate_caches()
        work = importlib.import_module(name).work
        seen.clear()
        for part in vars(sys.modules[name]).values():  # the scripts differ in nothing but the change
            if getattr(part, "__module__", None) == name:
                part.__module__ = "script"
        return code_identity(work), tuple(seen)

    return after


def test_the_package_is_read_where_it_is_used(identity):
    assert identity()[1] == ("pruneuq_helpers.errors", "pruneuq_helpers.sentences")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("EPOCHS = 10", "EPOCHS = 11"),
        ("return EPOCHS * x", "return EPOCHS + x"),
        ("return scaled(x)", "return scaled(2 * x)"),
        ('suggestion("a", [])', 'suggestion("b", [])'),
        ("errors.__name__", "str(__import__)"),
    ],
)
def test_what_the_work_uses_changes_its_identity(identity, old, new):
    assert identity(old, new)[0] != identity()[0]


@pytest.mark.parametrize(("old", "new"), [("UNUSED = 1", "UNUSED = 2"), ("    return x\n", "    return -x\n")])
def test_what_it_does_not_use_changes_nothing(identity, old, new):
    assert identity(old, new)[0] == identity()[0]


def test_a_function_of_the_package_stands_for_its_module():
    from pruneuq_helpers.sentences import describe, suggestion

    assert code_identity(describe) != code_identity(suggestion)
    assert code_identity(describe) == code_identity(describe)


@pytest.mark.parametrize(
    "other",
    [{"seed": 1}, {"seed": 0, "more": None}, {"seed": 0.0}, {"seed": "0"}, {"seed": False}, {"seed": [0]}],
)
def test_every_parameter_counts(other):
    assert cell_key(other, "code") != cell_key({"seed": 0}, "code")


def test_data_counts_for_the_cells_that_use_it():
    birds, moons = {"data": "birds"}, {"data": "moons"}
    assert cell_key(birds, "code", {"birds": "v1"}) != cell_key(birds, "code", {"birds": "v2"})
    assert cell_key(moons, "code", {"birds": "v1"}) == cell_key(moons, "code", {"birds": "v2"})


def test_a_source_that_cannot_be_read_is_refused():
    space = {}
    exec("def work(cell):\n    return cell", space)
    sentence = "^`work` got work, whose source cannot be read; it takes a function of a file or a cell$"
    with pytest.raises(ParameterError, match=sentence):
        code_identity(space["work"])
