"""A reader's own function is known by its source, and by that of what it uses beside it."""

import importlib
import itertools
import sys
import textwrap

import pytest

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.own_code import source_of

numbers = itertools.count()
SCRIPT = """
    import math
    from pruneuq_helpers import errors
    from pruneuq_helpers.errors import suggestion

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

    def after(old="", new=""):
        name = f"script_of_keys_{next(numbers)}"
        script = textwrap.dedent(SCRIPT)
        assert script.count(old) == 1 or not old
        (tmp_path / f"{name}.py").write_text(script.replace(old, new) if old else script)
        importlib.invalidate_caches()
        work = importlib.import_module(name).work
        for part in vars(sys.modules[name]).values():  # the scripts differ in nothing but the change
            if getattr(part, "__module__", None) == name:
                part.__module__ = "script"
        return source_of(work)

    return after


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
    assert identity(old, new) != identity()


@pytest.mark.parametrize(("old", "new"), [("UNUSED = 1", "UNUSED = 2"), ("    return x\n", "    return -x\n")])
def test_what_it_does_not_use_changes_nothing(identity, old, new):
    assert identity(old, new) == identity()


def test_a_source_that_cannot_be_read_is_refused():
    space = {}
    exec("def work(cell):\n    return cell", space)
    sentence = "^`work` got work, whose source cannot be read; it takes a function of a file or a cell$"
    with pytest.raises(ParameterError, match=sentence):
        source_of(space["work"])
