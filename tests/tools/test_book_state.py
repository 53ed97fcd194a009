"""The state of a notebook follows the helpers that it depends on, and nothing else."""

import pytest

HELPERS = {
    "__init__.py": "_FUNCTIONS = {'make_near': 'near'}\ndef __getattr__(name): ...\n",
    "alone.py": "x = 1\n",
    "errors.py": "class Wrong(ValueError): ...\n",
    "near.py": "from .errors import Wrong\n",
    "far.py": "def f():\n    from pruneuq_helpers.near import Wrong\n",
    "lazy/__init__.py": "from importlib import import_module\ndef __getattr__(name): ...\n",
    "lazy/part.py": "from ..near import Wrong\n",
    "lazy/table.csv": "a\n1\n",
    "register.py": "from importlib import import_module\nimport_module('pruneuq_helpers.alone')\n",
    "studies/__init__.py": "",
    "studies/one.py": "from pruneuq_helpers import alone\n",
    "studies/two.py": "",
}


@pytest.fixture
def helpers(tree):
    for name, source in HELPERS.items():
        path = tree / "pruneuq_helpers" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return tree / "pruneuq_helpers"


@pytest.fixture
def changes(helpers, load, notebook):
    """Whether an edit of a helper changes the state of a notebook with these cells."""

    def changed(helper: str, *cells: str) -> bool:
        text = notebook("01_a", *cells).read_text()
        before = load("sphinx_ext/book_state.py").state_hash(text)
        path = helpers / helper
        kept = path.read_text()
        path.write_text(kept + "# edited\n")
        after = load("sphinx_ext/book_state.py").state_hash(text)
        path.write_text(kept)
        assert load("sphinx_ext/book_state.py").state_hash(text) == before
        return before != after

    return changed


@pytest.mark.parametrize(
    ("cell", "helper"),
    [
        ("from pruneuq_helpers.alone import x", "alone.py"),
        ("import pruneuq_helpers.alone as a", "alone.py"),
        ("from pruneuq_helpers import alone", "alone.py"),
        ("from pruneuq_helpers import alone", "__init__.py"),
        ("from pruneuq_helpers.near import Wrong", "errors.py"),
        ("from pruneuq_helpers.far import f", "errors.py"),
        ("from pruneuq_helpers.lazy import anything", "lazy/part.py"),
        ("from pruneuq_helpers.lazy import anything", "lazy/table.csv"),
        ("from pruneuq_helpers.lazy import anything", "errors.py"),
        ("from pruneuq_helpers.lazy.part import Wrong", "lazy/__init__.py"),
        ("from pruneuq_helpers import register", "alone.py"),
        ("from pruneuq_helpers.studies.one import x", "alone.py"),
        ("import pruneuq_helpers as pq\npq.alone.x", "alone.py"),
        ("from pruneuq_helpers import make_near", "near.py"),
        ("from pruneuq_helpers import make_near", "__init__.py"),
        ("from pruneuq_helpers import of_unknown_origin", "alone.py"),
        ("%matplotlib inline\n!ls\nfrom pruneuq_helpers.alone import x", "alone.py"),
        ("---\ntags: [hide-input]\n---\nfrom pruneuq_helpers.alone import x", "alone.py"),
        ("def f():\n    from pruneuq_helpers.alone import x", "alone.py"),
    ],
)
def test_edit_of_what_it_depends_on_changes_its_state(changes, cell, helper):
    assert changes(helper, cell)


@pytest.mark.parametrize(
    ("cell", "helper"),
    [
        ("from pruneuq_helpers.near import Wrong", "alone.py"),
        ("from pruneuq_helpers.lazy import anything", "alone.py"),
        ("from pruneuq_helpers import make_near", "alone.py"),
        ("from pruneuq_helpers.studies.one import x", "studies/two.py"),
        ("from pruneuq_helpers.studies import one", "studies/two.py"),
        ("import numpy", "__init__.py"),
        ("this is no python, as an exercise may leave it", "alone.py"),
    ],
)
def test_edit_of_anything_else_does_not(changes, cell, helper):
    assert not changes(helper, cell)


def test_every_cell_counts_also_one_that_holds_fences(changes):
    assert changes("alone.py", "1", "2", "from pruneuq_helpers.alone import x")
    assert changes("alone.py", "text = '```'\n```\n\n````{code-cell} ipython3\nfrom pruneuq_helpers import alone\n````")


def test_prose_does_not_count_and_pins_do(helpers, load, notebook, tree):
    path = notebook("01_a", "from pruneuq_helpers.near import Wrong")
    state = load("sphinx_ext/book_state.py").state_hash
    before = state(path.read_text())
    assert state(path.read_text().replace("Words.", "Other words, on pruneuq_helpers.alone.")) == before
    (tree / "requirements.txt").write_text("numpy==2\n")
    assert state(path.read_text()) != before


@pytest.mark.parametrize("kept", ["book/results/real/01_a/table.csv", "notebooks/parameters/real/01_a.yaml"])
def test_kept_results_count_where_they_are_shown(helpers, load, notebook, tree, kept):
    (helpers / "results.py").write_text("")
    texts = [notebook("01_a", f"from pruneuq_helpers import {name}").read_text() for name in ("results", "alone")]
    state = load("sphinx_ext/book_state.py").state_hash
    before = [state(text) for text in texts]
    (tree / kept).parent.mkdir(parents=True)
    (tree / kept).write_text("a: 1")
    after = [state(text) for text in texts]
    assert [a == b for a, b in zip(before, after, strict=True)] == [False, True]


def test_state_goes_into_the_kernelspec_once(helpers, load, notebook):
    module = load("sphinx_ext/book_state.py")
    text = notebook("01_a", "1").read_text()
    stamped = module.stamp(text)
    added = set(stamped.splitlines()) - set(text.splitlines())
    assert added == {f"  state: '{module.state_hash(text)}'"}
    with pytest.raises(ValueError, match="no `kernelspec:` in its header"):
        module.stamp("# A page\n")
