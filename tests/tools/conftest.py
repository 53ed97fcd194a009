"""A small copy of the project, in which the tools are run and things are broken."""

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAD = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec:
  display_name: Python 3 (ipykernel)
  language: python
  name: python3
---

# A chapter

Words.

```{code-cell} ipython3
:tags: [parameters]

seeds = 1
```
"""


@pytest.fixture
def tree(tmp_path) -> Path:
    """The tools and extensions alone; notebooks, pages and helpers are the test's own."""
    for folder in ("tools", "sphinx_ext"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "requirements.txt").write_text("numpy==1\n")
    return tmp_path


@pytest.fixture
def load(tree, monkeypatch):
    """Import a file of the tree afresh, so that it keeps nothing from another test."""

    def loaded(path: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location("tool_under_test", tree / path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "tool_under_test", module)
        spec.loader.exec_module(module)
        return module

    return loaded


@pytest.fixture
def notebook(tree):
    """Write a notebook of the tree: its parameters cell, then one cell for each source."""

    def written(name: str, *cells: str) -> Path:
        path = tree / "notebooks" / f"{name}.md"
        path.write_text(HEAD + "".join(f"\n```{{code-cell}} ipython3\n{cell}\n```\n" for cell in cells))
        return path

    return written
