"""Sentences about results are written by people; this checks them."""

import os
import re
from itertools import count

from pruneuq_helpers import checks
from pruneuq_helpers.claims.contrast import Contrast
from pruneuq_helpers.claims.verdict import Verdict, checked_rule, judged
from pruneuq_helpers.errors import ParameterError, bring

BUILD = "PRUNEUQ_BUILD"  # set while the book is built: there a sentence that is not true stops the build
UNSTEADY = "unsteady-"  # begins the names of what the build notes for the tests
_NUMBER = r"-?\d*\.?\d+(?:e-?\d+)?"
_RULE = re.compile(rf"([<>=]) ({_NUMBER})(?: ± ({_NUMBER}))?")
_numbers = count()


def expect(sentence: str, found: Contrast, rule: str = "> 0") -> None:
    """Check a sentence of the text against the run: stop the book's build where it is no longer true.

    While the book is built, a run that says otherwise stops the build. Where it is only undecided, as the few seeds of
    the quick run may be on a processor that rounds otherwise, the page shows a note, and so it does in a reader's own
    run. What a build leaves undecided, or would with any one seed left out, is noted for the book's tests.

    Parameters
    ----------
    sentence : str
        As it stands in the text, or in brief.
    found : Contrast
        What it rests on.
    rule : str
        Direction, boundary and margin of :func:`decide`: ``"> 0 ± 0.01"`` asks for an interval above 0 that is not
        wholly within 0.01 of it, ``"= 0 ± 0.01"`` for one that is, ``"< 0.02"`` for one below 0.02.

    Examples
    --------
    >>> from pruneuq_helpers.claims import contrast, expect
    >>> expect("ECE rises", contrast([0.10, 0.12, 0.09, 0.11]), "> 0 ± 0.01")
    """
    checks.text("sentence", sentence, "a sentence of the text")
    checks.instance("found", found, Contrast, "a Contrast, from `contrast`")
    parts = _read(rule)
    verdict = judged(found, **parts)
    if os.environ.get(BUILD):
        if verdict.verdict not in ("holds", "undecided"):
            raise ParameterError(f"the text expects otherwise: {_told(sentence, rule, verdict)}")
        _note_unsteady(sentence, found, rule, parts)
    if verdict.verdict != "holds":
        shown = bring("IPython.display")
        shown.display(shown.Markdown(f"*In this run it is otherwise: {_told(sentence, rule, verdict)}.*"))


def _read(rule: str) -> dict:
    takes = "a rule such as '> 0', '< 0.02' or '= 0 ± 0.01'"
    match = _RULE.fullmatch(checks.text("rule", rule, takes))
    if match is None:
        raise checks.refused("rule", rule, takes)
    direction, boundary, margin = match.groups()
    boundary, margin = checked_rule(float(boundary), direction, float(margin or 0))
    return {"boundary": boundary, "direction": direction, "margin": margin}


def _note_unsteady(sentence: str, found: Contrast, rule: str, parts: dict) -> None:
    seeds = range(found.count) if found.over == "seeds" and found.count > 3 else ()  # two decide nothing
    for each in (found, *map(found.without, seeds)):
        verdict = judged(each, **parts)
        if verdict.verdict != "holds":
            text = f"{_told(sentence, rule, verdict)}, with {each.count} of {found.count} {found.over}"
            bring("myst_nb").glue(f"{UNSTEADY}{next(_numbers)}", text, display=False)
            return


def _told(sentence: str, rule: str, verdict: Verdict) -> str:
    interval = f" ({verdict.low:.3g} to {verdict.high:.3g})" if verdict.low == verdict.low else ""
    return f"“{sentence}” rests on {rule}, which reads *{verdict.verdict}*: {verdict.effect:.3g}{interval}"
