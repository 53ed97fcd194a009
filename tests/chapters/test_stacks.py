"""A seed's rows do not depend on the seeds that are trained in one stack with it, in any part that stacks them."""

import json

import pandas as pd
import pytest

from pruneuq_helpers.chapters import CHAPTERS
from pruneuq_helpers.study import Part
from pruneuq_helpers.study.profiles import parameters
from pruneuq_helpers.study.workers import one_thread

EXACT = {"check_exact": True}
# Torch multiplies one float32 matrix in another order than a batch of them: 3e-8 off in the likelihood.
CLOSE = {"01 lines": {"rtol": 1e-5, "atol": 0.0}}
STACKED = [
    (chapter, name)
    for chapter in CHAPTERS
    for name, part in chapter.study.parts.items()
    if isinstance(part, Part) and part.together
]


def groups(cells: list[dict]) -> list[list[dict]]:
    """Cells that differ in nothing but their seed."""
    found: dict[str, list[dict]] = {}
    for cell in cells:
        found.setdefault(json.dumps(cell | {"seed": 0}, sort_keys=True), []).append(cell)
    return list(found.values())


def test_every_chapter_that_stacks_is_here():
    assert {chapter.number for chapter, _ in STACKED} == {"01", "02", "03", "04", "05", "06"}


@pytest.mark.parametrize(("chapter", "name"), STACKED, ids=[f"{chapter.number} {name}" for chapter, name in STACKED])
def test_a_seed_alone_gives_what_it_gives_in_a_stack(chapter, name, tmp_path):
    made = chapter.study(**parameters(chapter.name, "smoke") | {"seeds": 3, "out": str(tmp_path)})
    part = made.parts[name]
    sizes = []
    for cells in groups(part.cells(made)):
        sizes.append(len(cells))
        assert [cell["seed"] for cell in cells] == list(range(len(cells)))
        with one_thread():
            together = part.work(cells)
            alone = [part.work([cell])[0] for cell in cells]
        for rows, others in zip(map(pd.DataFrame, alone), map(pd.DataFrame, together), strict=True):
            pd.testing.assert_frame_equal(rows, others, **CLOSE.get(f"{chapter.number} {name}", EXACT))
    assert max(sizes) == 3  # some cells may be of fewer seeds
