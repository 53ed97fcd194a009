"""Studies and what is kept of them, and how each function is called."""

import tempfile
from pathlib import Path

import pandas as pd
from hostile_judge import Call, Case
from hostile_tables import frames, odd
from hostile_values import flag, whole, word

from pruneuq_helpers.chapters import find
from pruneuq_helpers.study import engine, parts, results
from pruneuq_helpers.study.parameters import Study

FOLDER = tempfile.TemporaryDirectory()
HERE = Path(FOLDER.name)
OUT = str(HERE / "runs")
(HERE / "file").write_text("x")


def work(cell: dict) -> dict:
    """A reader's own."""
    return {"square": cell["x"] ** 2}


def cells(made) -> list[dict]:
    """What a study computes."""
    return [{"x": seed, "seed": seed} for seed in range(made.seeds)]


class Squares(Study):
    """Of a few seeds."""

    chapter = "00_squares"
    parts = {"squares": parts.Part(cells, work)}


CHAPTER = find("2").study
(HERE / "runs" / "real" / CHAPTER.chapter / "cells").mkdir(parents=True)
SQUARES = Squares(seeds=2, out=OUT, workers=1)
TABLE = pd.DataFrame({"seed": [0, 1], "square": [0, 1]})
FIELDS = {
    "seeds": whole(2).also(Case("too many", 100_001)).but("int64", "uint8"),
    "device": word("cpu"),
    "workers": whole(1, least=0).but("int64", "uint8"),
    "profile": odd("quick", None, 3, "", "../x", ".x", "a/b", [], {}, "\0", "x" * 5000),
    "out": odd(OUT, None, 3, "", " ", "\0", [], {}, str(HERE / "file"), "/dev/null/x", "x" * 5000),
}
NO_PATHS = (None, 3, [], {}, True, "", "\0", "x" * 5000, b"x", HERE / "file", "/dev/null/x")
NO_PROFILES = (None, 3, [], {}, True, "", "\0", "x" * 5000, b"x")
STUDIES = odd(CHAPTER, None, 3, "squares", [], SQUARES, dict)


def made(**given) -> dict:
    """What is in a study."""
    return Squares(**given).model_dump()


def from_notebook(namespace) -> dict:
    """What a notebook's names give."""
    return Squares.from_notebook(namespace).model_dump()


def finished(table, verdicts) -> str:
    """What is written of a study."""
    SQUARES.finish(table, verdicts)
    return (SQUARES.folder / "table.csv").read_text()


def nothing_kept(profile, study, part) -> pd.DataFrame:
    """A table of what is kept."""
    return results.table(profile, study, part)


def tables(function):
    """A generator's results."""
    return lambda **given: list(function(**given))


CALLS = [
    Call("Study", made, **FIELDS),
    Call(
        "Study.from_notebook",
        from_notebook,
        also={"namespace": ("seeds", "x", "levels")},
        namespace=odd(
            {"seeds": 2, "out": OUT},
            None,
            3,
            "seeds",
            [],
            {"seeds": "2", "out": OUT},
            {"seeds": None, "out": OUT},
            {3: 2},
        ),
    ),  # fmt: skip
    Call(
        "Study.run",
        SQUARES.run,
        part=odd("squares", None, 3, "", "square", [], {}, True),
        fresh=flag(False),
    ),
    Call(
        "Study.finish",
        finished,
        table=frames(TABLE, "seed", "square")
        .but("empty", "no columns", "no 'seed'", "no 'square'")
        .but("another index", "columns turned round", "one more column", "32 bits"),
        verdicts=odd(None, 3, "holds", [], {}, TABLE["seed"]),
    ),
    Call(
        "Part",
        lambda **given: parts.Part(**given).version,
        also={"version": ("history",)},
        cells=odd(cells, None, 3, "cells", []),
        work=odd(work, None, 3, "work", []),
        version=whole(1).but("int64", "uint8"),
        history=odd({}, None, 3, "x", [], {1: "x"}, {2: "x"}, {"a": "x"}),
        together=odd("", None, 3, []),
        timed=odd((), None, 3, "seconds", [3], {}),
        alone=flag(False).but("numpy's"),
        needs=odd((), None, 3, "networks", [3], {}),
    ),
    Call(
        "Networks.of",
        lambda cell: parts.Networks(cells, lambda cell: {}, name="dense").of(cell)[1],
        cell=odd({"seed": 0}, None, 3, "cell", []),
    ),
    Call(
        "run",
        engine.run,
        cells=odd(
            [{"x": 1}],
            None,
            3,
            "cells",
            [],
            {},
            [None],
            [3],
            [{"x": {1}}],
            [{"x": float("nan")}],
            [{"x": work}],
            {"x": 1},
        ).also(Case("tuple", ({"x": 1},), [{"x": 1}])),
        work=odd(work, None, 3, "work", [], print, len),
        store=odd(HERE / "store", *NO_PATHS),
        workers=whole(1, least=0).but("int64", "uint8"),
        device=word("cpu"),
        log=odd(None, 3, [], {}, True, "", "\0", b"x", HERE),
    ),  # fmt: skip
    Call(
        "table",
        nothing_kept,
        profile=odd("real", *NO_PROFILES, ".."),
        study=STUDIES,
        part=odd("cost", None, 3, "", "square", [], {}, True),
    ),
    Call("results.check", results.check, study_of=odd(lambda chapter: find(chapter).study, None, 3, "squares", [])),
    Call(
        "keep_run",
        tables(results.keep_run),
        also={"out": ("profile",)},
        profile=odd("real", *NO_PROFILES),
        study=STUDIES,
        out=odd(OUT, *NO_PATHS),
    ),
    Call(
        "recheck",
        tables(results.recheck),
        profile=odd("real", *NO_PROFILES),
        study=STUDIES,
        seconds=odd(0.0, None, "10", [], {}, float("nan"), -1.0, True, 1j),
    ),
]
