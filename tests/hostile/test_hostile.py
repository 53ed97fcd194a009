"""Every public function × odd arguments: the right value, or one sentence that names the parameter."""

import importlib
import re
from collections import Counter
from pathlib import Path

import pytest
from hostile_judge import judged

ROOMS = ("metrics", "pruning", "uncertainty", "models", "data", "training", "regression")
ROOMS += ("study", "claims", "figures", "annotate", "audit", "exercises")
PAGES = [Path(__file__).parents[2] / "book" / f"{name}.md" for name in ("api", "api_networks", "api_studies")]
LISTED = re.compile(r"\.\. ((?:current)?module|autofunction|autoclass):: (\S+)")
# Names of the page that take no call of a reader's: what other functions give, and what is handed to them whole.
GIVEN = {
    "Stack": "given to `after_epoch`",
    "Data": "made by `load` and `make`",
    "Part": "checked where it is used",
    "Tickets": "made by `whole`",
    "Trained": "made by `train`",
    "Fit": "made by `fit`",
    "Laplace": "made by `fit_laplace`",
    "Network": "made by `mlp`, `convnet` and `Network.of`",
    "save_model": "in test_hostile_files",
    "load_model": "in test_hostile_files",
    "Contrast": "made by `contrast`",
    "Verdict": "made by `decide`",
    "ParameterError": "an error",
    "StudyError": "an error",
    "Audit": "made by `examine`",
    "Comparison": "made by `compare`",
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
    module, found = "", {}
    for kind, name in LISTED.findall(page):
        if kind in ("module", "currentmodule"):
            module = name
            continue
        where, _, each = (name if "." in name else f"{module}.{name}").rpartition(".")
        found[each] = getattr(importlib.import_module(where), each)
    return found


def test_every_public_function_is_in_the_table():
    known = {call.name.split("'")[0].split(" ")[0].split(".")[0] for room in ROOMS for call in calls(room)}
    listed = {name: value for page in PAGES for name, value in public(page.read_text(encoding="utf-8")).items()}
    assert len(listed) > 130
    missing = sorted(set(listed) - known - set(GIVEN))
    assert not missing, f"{', '.join(missing)}: add how it is called, and its kinds of arguments, to tests/hostile"
    assert set(GIVEN) <= set(listed)
