"""A toy book of one chapter, with exercises that need nothing but Python."""

import shutil
from pathlib import Path

import nbformat
import pytest

from pruneuq_helpers.exercises import score, student, submissions
from pruneuq_helpers.exercises.running import in_one_process
from pruneuq_helpers.study import profiles

ROOT = Path(__file__).resolve().parents[2]
NAME = "01_aleatoric_regression"
CHAPTER = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3 (ipykernel), language: python, name: python3}
---

# A chapter

```{code-cell} ipython3
:tags: [parameters]

seeds = 9  # repetitions
```

## Exercises

```{exercise-start} Twice as much
:label: ex-twice
```

*5 minutes.* Double the seeds.

*Hint.* Add.

```{code-cell} ipython3
:tags: [skip-execution]

twice = ...  # YOUR CODE HERE
```

```{exercise-end}
```

+++

```{solution-start} ex-twice
:class: dropdown
```

The sum of two equal numbers.

```{code-cell} ipython3
:tags: [solution]

private = seeds
twice = private + seeds
assert private == seeds
assert twice % 2 == 0, "an even number"
assert twice == 2 * seeds, "add the seeds to themselves"
```

```{solution-end}
```

+++

```{exercise-start} A function
:label: ex-function
```

*20 minutes, open.* Square it.

*Hint:* times itself.

```{code-cell} ipython3
:tags: [skip-execution]

def square(x):
    ...  # YOUR CODE HERE
```

```{exercise-end}
```

+++

```{solution-start} ex-function
:class: dropdown
```

Itself times itself.

```{code-cell} ipython3
:tags: [solution]

def square(x):
    return x**2

# Check
for value in (-3, 4):
    assert square(value) == value * value, f"the square of {value}"
```

```{solution-end}
```

## What to remember

```{code-cell} ipython3
print(seeds)
```
"""


@pytest.fixture
def chapter(tmp_path, monkeypatch) -> Path:
    """The toy chapter's Markdown file, which takes the place of the book's first."""
    home = tmp_path / "book"
    smoke = home / "notebooks" / "parameters" / "smoke"
    smoke.mkdir(parents=True)
    (smoke / f"{NAME}.yaml").write_text("seeds: 2\n")
    (home / "notebooks" / f"{NAME}.md").write_text(CHAPTER)
    for module in (profiles, submissions):
        monkeypatch.setattr(module, "checkout", lambda: home)
    return home / "notebooks" / f"{NAME}.md"


@pytest.fixture
def tool_tree(tmp_path) -> Path:
    """A book with the toy chapter alone, and the tool that writes copies."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / "tools" / "copies.py", tmp_path / "tools")
    (tmp_path / "notebooks" / f"{NAME}.md").write_text(CHAPTER)
    return tmp_path


@pytest.fixture
def hand_in(chapter, tmp_path):
    """Write a submission: the student copy with answers in it, changed as one likes."""

    def written(name: str, answers: dict, change=lambda notebook: None):
        notebook = student(chapter)
        for cell in notebook.cells:
            label = cell.metadata["pruneuq"].get("exercise")
            if cell.cell_type == "code" and label in answers:
                cell.source = answers[label]
        change(notebook)
        path = tmp_path / "submissions" / name
        path.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, path)
        return path

    return written


@pytest.fixture
def states(hand_in):
    """State and remark of each exercise of the toy chapter, with these answers."""

    def scored(answers: dict, **options) -> list[tuple[str, str]]:
        one = score(hand_in("a.ipynb", answers), **options)
        assert not one.problem
        return [row[1:] for row in one.rows]

    return scored


@pytest.fixture
def outcomes(tmp_path):
    """Outcomes of several answers to one exercise, behind one cell of a chapter."""

    def tried(answers: list[str], stub: str, check: str, chapter: str = "", seconds: int = 60) -> list[dict]:
        steps = [{"code": chapter, "may_fail": False}]
        for place, answer in enumerate(answers):
            texts = {"stub": stub, "check": check, "answer": answer, "chapter": "toy"}
            steps.append({"label": str(place), **texts})
        found, _, reason = in_one_process(steps, seconds, str(tmp_path))
        assert not reason
        return [found[str(place)] for place in range(len(answers))]

    return tried
