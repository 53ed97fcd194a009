"""The bounds that pyproject.toml declares are those that the tool holds against the tests."""

import importlib.util
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture
def bounds():
    spec = importlib.util.spec_from_file_location("bounds", ROOT / "tools" / "bounds.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lower(texts) -> dict[str, str]:
    """The one bound of each requirement, by name."""
    found = {}
    for text in texts:
        requirement = Requirement(text)
        (only,) = requirement.specifier
        found[requirement.name] = (only.operator, only.version)
    return found


def test_the_lowest_end_installs_the_lower_bounds_that_are_declared(bounds):
    extras = PROJECT["optional-dependencies"]
    declared = lower(PROJECT["dependencies"] + [text for name in ("book", "cluster", "onnx") for text in extras[name]])
    assert {operator for operator, _ in declared.values()} == {">="}
    asked = lower(bounds.declared("lowest"))
    assert {name: ("==", version) for name, (_, version) in declared.items()}.items() <= asked.items()


def test_the_newest_end_leaves_the_choice_to_pip(bounds):
    asked = bounds.declared("newest")
    assert set(PROJECT["dependencies"]) < set(asked)
    assert {operator for operator, _ in lower(asked).values()} == {">="}


def test_the_classifiers_name_the_pythons_on_which_the_tests_were_seen_to_pass(bounds):
    named = [text.rpartition(" :: ")[2] for text in PROJECT["classifiers"] if "Python :: 3." in text]
    assert named == sorted(bounds.PYTHONS.values())
    assert PROJECT["requires-python"] == f">={bounds.PYTHONS['lowest']}"
