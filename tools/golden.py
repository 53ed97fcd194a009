"""Golden rows: what every part of every chapter gives at toy size, in float64, kept in tests/golden.

Without an option they are compared with what the code gives now. With --write, new parts and parts of a raised version
are written, if their rows are the same again from weights disturbed in the tenth digit, and by other kernels.
A chapter's `toy.yaml` says with which parameters; who changes it deletes the part's file and writes it anew.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml
from golden_conditions import PLAIN, disturbed, in_float64
from toy_images import write_images

from pruneuq_helpers.chapters import CHAPTERS
from pruneuq_helpers.study import Networks, Part, Study
from pruneuq_helpers.study.engine import job_of

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests" / "golden"
RTOL, ATOL = 1e-6, 1e-7  # another processor; the best temperature is found to 1e-7, and a gap at it to a part of that
CHECKSUM = "cut_from"  # of weights, to the last digit: another processor has another one
ROUNDED = "probs"  # packed text of rounded probabilities: what is next to a step falls on either side of it
# What tells a cell from the next, where its rows do not say it themselves.
NAMING = ("seed", "data", "network", "experiment", "masks", "level", "criterion", "sweep", "fine_tune", "patience")
NAMING += ("population", "scope", "noise")


@dataclass(frozen=True)
class Golden:
    """One part of one chapter."""

    chapter: str
    part: str
    study: type[Study]

    @property
    def of(self) -> Part | Networks:
        return self.study.parts[self.part]

    @property
    def version(self) -> str:
        """The part's own, and those of the networks that it needs."""
        return "+".join(str(part.version) for part in (self.of, *getattr(self.of, "needs", ())))

    @property
    def name(self) -> str:
        return f"{self.chapter}/{self.part}"

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.csv"

    def variants(self, images: Path) -> list[dict]:
        """The toy parameters of each variant; IMAGES stands for a folder with images."""
        text = (FOLDER / self.chapter / "toy.yaml").read_text(encoding="utf-8")
        toy = yaml.safe_load(text.replace("IMAGES", str(images)))
        return [toy["parameters"] | changes for changes in toy["parts"][self.part]]


def every_part(only: str = "") -> list[Golden]:
    """All parts, or those of a chapter, or one named ``chapter/part``."""
    parts = [Golden(chapter.name, part, chapter.study) for chapter in CHAPTERS for part in chapter.study.parts]
    return [one for one in parts if only in ("", one.chapter, one.name)]


def rows(golden: Golden) -> pd.DataFrame:
    """Run the part with each of its toy parameters; the rows are as a file would give them back, and ordered."""
    tables = []
    with in_float64(), tempfile.TemporaryDirectory() as folder:
        images = Path(folder) / "images"
        variants = golden.variants(images)
        if str(images) in json.dumps(variants):
            write_images(images)
        for number, parameters in enumerate(variants):
            study = golden.study(**parameters, profile="golden", workers=1, out=f"{folder}/out")
            for cell, table in _tables(study, golden.part):
                naming = {name: cell[name] for name in NAMING if name in cell and name not in table}
                tables.append(table.assign(variant=number, **naming))
        text = as_text(pd.concat(tables, ignore_index=True)).replace(str(images), "IMAGES")
    return ordered(from_text(text))


def _tables(study: Study, name: str) -> Iterator[tuple[dict, pd.DataFrame]]:
    """The rows of each cell of a part; cells that are trained in one stack are, and networks are not stored."""
    part = study.parts[name]
    if isinstance(part, Networks):
        for cell in part.cells(study):
            yield cell, pd.DataFrame([_about(*named) for named in part.work(cell).items()])
        return
    job = job_of(study, name)
    for chunk in job.chunks(job.keys):
        cells = [cell for _, cell in chunk]
        found = part.work(cells) if part.together else [part.work(cell) for cell in cells]
        for cell, made in zip(cells, found, strict=True):
            yield cell, pd.DataFrame(made).drop(columns=[*part.timed, CHECKSUM, ROUNDED], errors="ignore")


def _about(name: str, weights: torch.Tensor) -> dict:
    """What tells a tensor of weights from another, without all of its numbers."""
    values = weights.double().flatten()
    about = {"mean": values.mean(), "size": values.norm(), "first": values[0], "last": values[-1]}
    return {"weights": name} | {what: float(value) for what, value in about.items()}


def as_text(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, lineterminator="\n")


def from_text(text: str) -> pd.DataFrame:
    return pd.read_csv(StringIO(text), keep_default_na=False, na_values=[""])


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Sort by all that is no decimal, then by decimals without their last digits, whatever the cells were."""
    decimals = [name for name in sorted(table.columns) if table[name].dtype.kind == "f"]
    others = sorted(set(table.columns) - {"variant", *decimals})

    def key(column: pd.Series) -> pd.Series:
        if column.dtype.kind == "f":
            return column.map(lambda value: f"{round(value, 9) + 0.0:.4e}")
        return column if column.dtype.kind in "iub" else column.astype(str)

    table = table[["variant", *others, *decimals]]
    return table.sort_values([*table.columns], kind="stable", key=key, ignore_index=True)


def difference(golden: Golden, expected: pd.DataFrame, found: pd.DataFrame, slack: float = 1.0) -> str | None:
    """None where the tables agree, else a sentence that names the first value that does not."""
    advice = "raise the version of the part, or undo the change"
    if set(expected.columns) != set(found.columns):
        changed = ", ".join(sorted(set(expected.columns) ^ set(found.columns)))
        return f"part {golden.name} gained or lost the columns {changed}; {advice}"
    if len(expected) != len(found):
        return f"part {golden.name} has {len(found)} rows, and {len(expected)} in {golden.path.name}; {advice}"
    wrong = pd.DataFrame({name: _unlike(expected[name], found[name], slack) for name in expected.columns})
    if not wrong.any(axis=None):
        return None
    row = int(wrong.any(axis=1).to_numpy().argmax())
    column = wrong.columns[wrong.loc[row].to_numpy().argmax()]
    return (
        f"part {golden.name}, row {row}, column {column}: {expected[column][row]!s:.80} became "
        f"{found[column][row]!s:.80} "
        f"({int(wrong.to_numpy().sum())} values changed, in {', '.join(wrong.columns[wrong.any()])}); {advice}"
    )


def _unlike(expected: pd.Series, found: pd.Series, slack: float) -> np.ndarray:
    kinds = expected.dtype.kind + found.dtype.kind
    if "f" in kinds and set(kinds) <= set("iuf"):
        return ~np.isclose(found, expected, rtol=slack * RTOL, atol=slack * ATOL, equal_nan=True)
    return ~((expected == found) | (expected.isna() & found.isna())).to_numpy(bool)


def stored(golden: Golden) -> tuple[str, pd.DataFrame]:
    """The version of the part's file and its rows; version 0 where there is no file."""
    if not golden.path.exists():
        return "0", pd.DataFrame()
    first, _, text = golden.path.read_text(encoding="utf-8").partition("\n")
    return first.removeprefix("# version "), ordered(from_text(text))


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split("+")]


def compare(golden: Golden) -> str | None:
    """What is wrong with a part by its file, or None."""
    version, expected = stored(golden)
    if version != golden.version:
        return f"part {golden.name} has version {golden.version}, its golden rows have {version}: write them anew"
    return difference(golden, expected, rows(golden))


def write(golden: Golden) -> str | None:
    """Write a new part, or one of a raised version; or say why not."""
    version, _ = stored(golden)
    if _numbers(version) >= _numbers(golden.version):
        return compare(golden)
    table = rows(golden)
    with disturbed():
        again = rows(golden)
    for how, other in (("from disturbed weights", again), ("by plain kernels", rows_by_plain_kernels(golden))):
        if wrong := difference(golden, table, other, slack=0.5):  # the rest is for other machines
            return f"{how}, {wrong.rpartition(';')[0]}; it takes other toy parameters, far from any tie"
    golden.path.write_text(f"# version {golden.version}\n{as_text(table)}", encoding="utf-8")
    return None


def rows_by_plain_kernels(golden: Golden) -> pd.DataFrame:
    """The same rows in a process that computes as an old processor would."""
    words = [sys.executable, __file__, "--print", "--only", golden.name]
    done = subprocess.run(words, env=os.environ | PLAIN, stdout=subprocess.PIPE, text=True, check=True)
    return from_text(done.stdout)


def main(only: str, task: Callable[[Golden], str | None]) -> int:
    """Do it part by part, with a line each; return 1 where something went wrong."""
    wrongs, parts = 0, every_part(only)
    if not parts:
        print(f"`--only` got {only}; it takes one of {', '.join(golden.name for golden in every_part())}")
        return 1
    for golden in parts:
        start = time.perf_counter()
        wrong = task(golden)
        wrongs += wrong is not None
        print(f"{time.perf_counter() - start:6.1f} s  {wrong or golden.name}", flush=True)
    return min(wrongs, 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", metavar="CHAPTER[/PART]", help="of one chapter, or one part of it")
    parser.add_argument("--write", action="store_true", help="write new parts and those of a raised version")
    parser.add_argument("--print", action="store_true", help="only print the rows as they are now")
    options = parser.parse_args()
    if options.print:
        sys.stdout.writelines(as_text(rows(golden)) for golden in every_part(options.only))
        sys.exit()
    sys.exit(main(options.only, write if options.write else compare))
