"""Sentences about results are written by people; this checks them."""

import os

from pruneuq_helpers import checks
from pruneuq_helpers.claims.contrast import Contrast
from pruneuq_helpers.claims.verdict import Verdict, checked_rule, judged
from pruneuq_helpers.errors import ParameterError

BUILD = "PRUNEUQ_BUILD"  # set while the book is built: there a sentence that is not true stops the build
STRICT = "strict"  # its value where each sentence must stand clear, also with any one seed left out
WORDS = ("holds", "fails", "no relevant change")


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
    run. With ``PRUNEUQ_BUILD=strict`` the sentence must be true, and also with any one seed left out.

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
    how = os.environ.get(BUILD)
    if verdict.verdict != word and (how == STRICT or (how and verdict.verdict != "undecided")):
        raise ParameterError(f"the text expects otherwise: {_told(sentence, word, verdict)}")
    if how == STRICT:
        _or_stop_without_one(sentence, found, word, rule)
    if verdict.verdict != word:
        from IPython.display import Markdown, display

        display(Markdown(f"*In this run it is otherwise: {_told(sentence, word, verdict)}.*"))


def _or_stop_without_one(sentence: str, found: Contrast, word: str, rule: dict) -> None:
    for place in range(found.count if found.count > 2 else 0):
        less = judged(found.without(place), **rule)
        if less.verdict != word:
            raise ParameterError(
                f"the text rests on one of {found.count} {found.over}: without the {place + 1}. of them, "
                f"{_told(sentence, word, less)}"
            )


def _told(sentence: str, word: str, verdict: Verdict) -> str:
    interval = f" ({verdict.low:.3g} to {verdict.high:.3g})" if verdict.low == verdict.low else ""
    return f"“{sentence}” should read *{word}* and reads *{verdict.verdict}*, {verdict.effect:.3g}{interval}"
