"""The file of answers: which images are asked about, what was answered, and what it adds up to."""

from pathlib import Path

import numpy as np
import pandas as pd
from filelock import FileLock
from scipy import stats

from pruneuq_helpers import checks
from pruneuq_helpers.annotate.questions import QUESTIONS
from pruneuq_helpers.checks import paths, tables
from pruneuq_helpers.data.files import write_whole
from pruneuq_helpers.errors import ParameterError

KEYS = [question.key for question in QUESTIONS]
COLUMNS = ["annotator", "index", *KEYS]


def sample(pies, images: int, count: int | None = None, seed: int = 0) -> np.ndarray:
    """Which images to ask about: as many PIEs as others, shuffled (S4 had 1230 in all).

    Parameters
    ----------
    pies : array_like of int
        Indices of the PIEs.
    images : int
        How many images there are.
    count : int, optional
        Of each kind at most; as many as there are of the rarer kind, unless given.
    seed : int
        Of the draw and of the order.

    Returns
    -------
    numpy.ndarray
        Indices, in the order to show them.

    Examples
    --------
    >>> from pruneuq_helpers import annotate
    >>> sorted(int(index) % 2 for index in annotate.sample([1, 3], images=4))
    [0, 0, 1, 1]
    """
    images, seed = checks.whole("images", images), checks.seed("seed", seed)
    count = None if count is None else checks.whole("count", count)
    pies = np.unique(checks.places("pies", pies, images))
    others = np.setdiff1d(np.arange(images), pies)
    count = min(len(pies), len(others)) if count is None else min(count, len(pies), len(others))
    if count < 1:
        raise ParameterError(f"parameter `pies` got {len(pies)} of {images} images; it takes some, and leaves some")
    generator = np.random.default_rng(seed)
    drawn = [generator.choice(kind, count, replace=False) for kind in (pies, others)]
    return generator.permutation(np.concatenate(drawn))


def read_answers(path: str | Path) -> pd.DataFrame:
    """Read a file of answers.

    Parameters
    ----------
    path : str or Path
        As an `AnnotationForm` writes it; a file that is not there holds no answers.

    Returns
    -------
    pandas.DataFrame
        One row an annotator and image: ``annotator``, ``index``, and 0 (no) or 1 (yes) to each question.

    Examples
    --------
    >>> from pruneuq_helpers import annotate
    >>> annotate.read_answers("answers-of-nobody.csv").empty
    True
    """
    return _read(paths.path("path", path, "the path of a CSV file"))


def _read(path: Path) -> pd.DataFrame:  # of what is checked
    if not path.exists():
        return pd.DataFrame({name: pd.Series(dtype=object if name == "annotator" else "int64") for name in COLUMNS})
    try:
        table = pd.read_csv(path, dtype={"annotator": str}, keep_default_na=False)
    except (OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise ParameterError(
            f"parameter `path` got {path}, which cannot be read as CSV ({reason}); it takes answers of a form"
        ) from error
    if list(table) != COLUMNS:
        raise ParameterError(
            f"parameter `path` got {path} with the columns {', '.join(table)}; it takes {', '.join(COLUMNS)}"
        )
    if not table[KEYS].isin((0, 1)).all(axis=None) or table["index"].dtype.kind != "i":
        raise ParameterError(
            f"parameter `path` got {path} with other values; it takes whole indices and answers 0 or 1"
        )
    return table


def write_answer(path: Path, annotator: str, index: int, answers: dict) -> None:
    """Add an annotator's answers on an image, in place of earlier ones; others may write at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f"{path.name}.lock")):
        table = _read(path)
        table = table[(table["annotator"] != annotator) | (table["index"] != index)]
        row = pd.DataFrame([{"annotator": annotator, "index": index, **answers}], columns=COLUMNS)
        write_whole(path, pd.concat([table, row] if len(table) else [row]).to_csv(index=False, lineterminator="\n"))


def aggregate(annotations, pies, confidence_level: float = 0.95) -> pd.DataFrame:
    """How often each property was found among PIEs, and among other images.

    An image has a property where more than half of those who saw it say so. The intervals are Clopper's and Pearson's
    (exact, binomial), and the p-value is Fisher's for the two shares being one.

    Parameters
    ----------
    annotations : pandas.DataFrame, str or Path
        Answers, or their file: columns ``annotator``, ``index``, and some of the questions' keys.
    pies : array_like
        Indices of the PIEs, or one truth value for each image.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        One row a property and set: ``property``, ``set`` ("PIE" or "non-PIE"), ``images``, ``found``, ``share``,
        ``low``, ``high``, ``p_value``. Shares of a set without images are not numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> from pruneuq_helpers import annotate
    >>> answers = pd.DataFrame({"annotator": "me", "index": range(4), "label_right": [0, 0, 1, 1]})
    >>> found = annotate.aggregate(answers, pies=[0, 1])
    >>> found[["property", "set", "share"]].head(2).values.tolist()
    [['wrong label', 'PIE', 1.0], ['wrong label', 'non-PIE', 0.0]]
    """
    table = annotations
    if not isinstance(table, pd.DataFrame):
        table = _read(paths.path("annotations", annotations, "a pandas.DataFrame, or the path of a CSV file"))
    if table.empty or "index" not in table or not set(KEYS) & set(table):
        raise ParameterError("parameter `annotations` got no answers; it takes at least one, with its image's `index`")
    tables.numbers("annotations", table, "index", missing=False)
    for key in set(KEYS) & set(table):
        tables.flags("annotations", table, key)
    confidence_level = checks.share("confidence_level", confidence_level)
    pies = checks.array("pies", pies, empty=True)
    pies = pies.nonzero()[0] if pies.dtype == bool else checks.places("pies", pies, 2**31)
    rows = []
    for question in QUESTIONS:
        if question.key in table:
            says_so = (table[question.key] == question.found_by).groupby(table["index"]).mean() > 0.5
            rows += _rows(question.finding, says_so, says_so.index.isin(pies), confidence_level)
    return pd.DataFrame(rows)


def _rows(finding: str, has: pd.Series, is_pie: np.ndarray, confidence_level: float) -> list[dict]:
    found, images = [int(has[kind].sum()) for kind in (is_pie, ~is_pie)], [int(is_pie.sum()), int((~is_pie).sum())]
    square = [[hits, count - hits] for hits, count in zip(found, images, strict=True)]
    both = {"p_value": float(stats.fisher_exact(square).pvalue)}
    rows = []
    for name, hits, count in zip(("PIE", "non-PIE"), found, images, strict=True):
        share, low, high = np.nan, 0.0, 1.0
        if count:
            share = hits / count
            low, high = stats.binomtest(hits, count).proportion_ci(confidence_level, method="exact")
        row = {"property": finding, "set": name, "images": count, "found": hits}
        rows.append(row | {"share": share, "low": float(low), "high": float(high)} | both)
    return rows
