"""Claims and sentences about results, and how each function is called."""

import numpy as np
import pandas as pd
from hostile_judge import Call, Case
from hostile_tables import frames, odd, records, text
from hostile_values import flag, number, optional, scores, whole, word

from pruneuq_helpers import claims, errors

VALUES = np.array([0.125, 0.25, 0.5, 0.375])
FOUND = claims.contrast(VALUES.tolist())
TABLE = pd.DataFrame({"seed": [0, 1, 2, 3], "heads": [0.7, 0.8, 0.75, 0.7]})


def heads(table: pd.DataFrame) -> pd.Series:
    """What is measured."""
    return table["heads"] - 0.5


FIELDS = {
    "id": text("book.heads"),
    "chapter": text("00"),
    "source": text("book"),
    "place": text("ch. 0"),
    "quote": odd("", None, 3, [], "a paper's words"),
    "short": text("heads"),
    "finding": text("Coins favour heads."),
    "effect": text("share of heads minus one half"),
    "measured": word("share"),
    "measure": odd(heads, None, "heads", 3, []),
    "direction": word(">").but("'>'"),
    "boundary": number(0.0),
    "interval": word("t").also(Case("of seeds", "bootstrap")),
    "over": text("seeds").also(Case("not seeds", "images")),
    "part": odd("", None, 3, []),
    "each": odd("", None, 3, []),
    "needs": odd((), None, 3, "seeds", [None], [3], [heads, "x"]),
    "printed": optional(number(0.25)),
}
CLAIM = claims.Claim(**{name: kind.usual for name, kind in FIELDS.items()})
VERDICTS = claims.check([CLAIM], TABLE)
# What a sequence of numbers may be, with or without an interval of it.
NUMBERS = scores(VALUES).but("one more", "one fewer", "up to 1e308", "float16", "booleans")
CALLS = [
    Call("Claim", claims.Claim, also={"source": ("quote",), "over": ("interval",)}, **FIELDS),
    Call(
        "check",
        claims.check,
        also={"table": ("values",)},
        claims=odd([CLAIM], None, 3, "book.heads", CLAIM, [None], ["book.heads"], [CLAIM, None], {}),
        table=frames(TABLE, "seed").but("empty", "no columns", "no 'seed'"),
    ),
    Call(
        "contrast",
        claims.contrast,
        also={"interval": ("over",)},
        values=NUMBERS,
        over=text("seeds"),
        interval=word("t"),
        confidence=number(0.75, 0, 1, -1, 2),
    ),
    Call(
        "decide",
        claims.decide,
        values=NUMBERS.also(Case("contrast", FOUND, VALUES)),
        boundary=number(0.0),
        direction=word(">").but("'>'"),
        margin=number(0.0625, -1),
    ),
    Call(
        "expect",
        claims.expect,
        sentence=text("heads are favoured"),
        found=odd(FOUND, None, "heads", 3, [], VALUES, claims.decide(FOUND)),
        rule=word("> 0 ± 0.0625").but("'> 0 ± 0.0625'"),  # in capitals it is the same
    ),
    Call("show", lambda **given: repr(claims.show(**given)), verdicts=records(VERDICTS), label=text("verdicts")),
    Call("suggestion", errors.suggestion, name=text("levle").but("''"), known=odd(["level"], None, 3, [None], [3])),
    Call(
        "with_interval",
        claims.with_interval,
        values=NUMBERS.but("NaN inside", "empty", "empty list").also(
            Case("contrast", FOUND, VALUES), Case("NaN left out", np.append(VALUES, np.nan), VALUES)
        ),
        digits=whole(3, least=0),
        signed=flag(False),
    ),
]
