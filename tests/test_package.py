"""Importing the package loads nothing heavy, and gives every room when it is asked for."""

import pkgutil
import subprocess
import sys

import pytest

import pruneuq_helpers

OWN = {"commands", "cli"}  # what the command `pruneuq` is made of


def fresh(code: str) -> str:
    """What a new process prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("module", [f"pruneuq_helpers{name}" for name in ("", ".errors", ".study.parameters", ".cli")])
def test_import_loads_nothing_heavy(module):
    heavy = "{'torch', 'numpy', 'pandas', 'scipy', 'sklearn', 'matplotlib', 'joblib'}"
    assert fresh(f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))") == "[]"


def test_import_loads_none_of_its_own_rooms():
    code = (
        "import sys, pruneuq_helpers as p; dir(p); print([name for name in sys.modules if name.startswith('pruneuq')])"
    )
    assert fresh(code) == "['pruneuq_helpers']"


def rooms() -> set[str]:
    return {module.name for module in pkgutil.iter_modules(pruneuq_helpers.__path__)} - OWN


def test_every_room_is_there_without_an_import_of_its_own():
    names = sorted(rooms())
    code = f"import pruneuq_helpers as p; print([getattr(p, name).__name__ for name in {names}])"
    assert fresh(code) == str([f"pruneuq_helpers.{name}" for name in names])
    assert rooms() | {"results", "compare", "save_model", "load_model"} <= set(dir(pruneuq_helpers))
    assert "audit" in rooms()


def test_names_that_stand_for_something_inside_a_room():
    code = (
        "import pruneuq_helpers as p; print(p.results.table.__module__, p.compare.__module__, p.load_model.__module__)"
    )
    assert (
        fresh(code) == "pruneuq_helpers.study.results pruneuq_helpers.audit.comparison pruneuq_helpers.models.storage"
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("audti", "pruneuq_helpers has no room or function `audti`; did you mean `audit`?"),
        ("load_models", "pruneuq_helpers has no room or function `load_models`; did you mean `load_model`?"),
        ("xyz", "pruneuq_helpers has no room or function `xyz`; it has annotate, audit, "),
    ],
)
def test_name_that_is_not_there_is_told_with_the_nearest(name, words):
    with pytest.raises(AttributeError) as error:
        getattr(pruneuq_helpers, name)
    assert str(error.value).startswith(words)
    assert not hasattr(pruneuq_helpers, name)
