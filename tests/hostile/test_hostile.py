"""Every public function × odd arguments: the right value, or one sentence that names the parameter."""

import importlib
import inspect
import re
from collections import Counter
from pathlib import Path

import pytest
from hostile_judge import judged

ROOMS = ("metrics", "pruning", "uncertainty", "models", "data", "training", "regression")
ROOMS += ("study", "claims", "figures", "annotate", "audit", "exercises")
PAGES = [Path(__file__).parents[2] / "book" / name for name in ("api.md", "api_studies.md")]
# Names of the page that take no call of a reader's: what other functions give, and what is handed to them whole.
GIVEN = {
    "NAMES": "a tuple of names",
    "Data": "made by `load` and `make`",
    "Part": "checked where it is used",
    "Tickets": "made by `whole`",
    "Trained": "made by `train`",
    "Fit": "made by `fit`",
    "Laplace": "made by `fit_laplace`",
    "Network": "made by `mlp`, `convnet` and `Network.of`",
    "save_model": "in test_hostile_files",
    "load_model": "in test_hostile_files",
    "QUESTIONS": "a tuple of questions",
    "Question": "one of `QUESTIONS`",
    "Contrast": "made by `contrast`",
    "Verdict": "made by `decide`",
    "Provenance": "made by `Study.finish`",
    "ParameterError": "an error",
    "StudyError": "an error",
    "Audit": "made by `examine`",
    "Comparison": "made by `compare`",
    "Exercise": "made by `parts`",
    "is_live": "takes nothing",
    "style": "takes nothing",
}


def calls(room: str) -> list:
    """The table of a room."""
    return importlib.import_module(f"hostile_{room}").CALLS


@pytest.mark.parametrize("room", ROOMS)
def test_every_odd_call_gives_the_right_value_or_one_sentence(room, record_property):
    counts, findings = Counter(), []
    for call in calls(room):
        own, found = judged(call)
        counts += own
        findings += found
    record_property(f"· {room}", str({"functions": len(calls(room)), "calls": counts.total(), **counts}))
    assert not findings, "\n".join(map(str, findings))
    assert counts["value"]
    assert counts["sentence"]


def public(page: str) -> dict[str, object]:
    """What a page of the package lists, by name."""
    found = {}
    for _, place in re.findall(r"\.\. auto(function|class):: (\S+)", page):
        module, _, name = place.rpartition(".")
        found[name] = getattr(importlib.import_module(module), name)
    for name, options in re.findall(r"\.\. automodule:: (\S+)\n((?:   :.*\n)*)", page):
        module = importlib.import_module(name)
        listed = re.search(r":members: (.+)", options)
        names = listed[1].split(", ") if listed else getattr(module, "__all__", None) or _own(module)
        found |= {each: getattr(module, each) for each in names}
    return found


def _own(module) -> list[str]:
    kinds = (inspect.isfunction, inspect.isclass)
    own = {name: value for name, value in vars(module).items() if any(kind(value) for kind in kinds)}
    return [
        name for name, value in own.items() if value.__module__ == module.__name__ and value.__doc__ and name[0] != "_"
    ]


def test_every_public_function_is_in_the_table():
    known = {call.name.split("'")[0].split(" ")[0].split(".")[0] for room in ROOMS for call in calls(room)}
    listed = {name: value for page in PAGES for name, value in public(page.read_text(encoding="utf-8")).items()}
    assert len(listed) > 130
    missing = sorted(set(listed) - known - set(GIVEN))
    assert not missing, f"{', '.join(missing)}: add how it is called, and its kinds of arguments, to tests/hostile"
    assert set(GIVEN) <= set(listed)
