"""Sentences about results are written by people; this checks them."""

import os
from itertools import count

from pruneuq_helpers import checks
from pruneuq_helpers.claims.contrast import Contrast
from pruneuq_helpers.claims.verdict import Verdict, checked_rule, judged
from pruneuq_helpers.errors import ParameterError

BUILD = "PRUNEUQ_BUILD"  # set while the book is built: there a sentence that is not true stops the build
UNSTEADY = "unsteady-"  # begins the names of what the build notes for the tests
WORDS = ("holds", "fails", "no relevant change")
_numbers = count()


def expect(
    sentence: str,
    found: Contrast,
    word: str = "holds",
    boundary: float = 0.0,
    direction: str = ">",
    margin: float = 0.0,
) -> None:
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
    word : {"holds", "fails", "no relevant change"}
        The verdict that the sentence tells.
    boundary, direction, margin
        As in :func:`decide`.

    Examples
    --------
    >>> from pruneuq_helpers.claims import contrast, expect
    >>> expect("ECE rises", contrast([0.10, 0.12, 0.09, 0.11]), margin=0.01)
    """
    checks.text("sentence", sentence, "a sentence of the text")
    checks.instance("found", found, Contrast, "a Contrast, from `contrast`")
    checks.choice("word", word, WORDS)
    boundary, margin = checked_rule(boundary, direction, margin)
    rule = {"boundary": boundary, "direction": direction, "margin": margin}
    verdict = judged(found, **rule)
    if os.environ.get(BUILD):
        if verdict.verdict not in (word, "undecided"):
            raise ParameterError(f"the text expects otherwise: {_told(sentence, word, verdict)}")
        _note_unsteady(sentence, found, word, rule)
    if verdict.verdict != word:
        from IPython.display import Markdown, display

        display(Markdown(f"*In this run it is otherwise: {_told(sentence, word, verdict)}.*"))


def _note_unsteady(sentence: str, found: Contrast, word: str, rule: dict) -> None:
    seeds = range(found.count) if found.over == "seeds" and found.count > 3 else ()  # two decide nothing
    for each in (found, *map(found.without, seeds)):
        verdict = judged(each, **rule)
        if verdict.verdict != word:
            from myst_nb import glue

            text = f"{_told(sentence, word, verdict)}, with {each.count} of {found.count} {found.over}"
            glue(f"{UNSTEADY}{next(_numbers)}", text, display=False)
            return


def _told(sentence: str, word: str, verdict: Verdict) -> str:
    interval = f" ({verdict.low:.3g} to {verdict.high:.3g})" if verdict.low == verdict.low else ""
    return f"“{sentence}” should read *{word}* and reads *{verdict.verdict}*, {verdict.effect:.3g}{interval}"
