"""The state of a notebook follows the code that it depends on, and nothing else."""

import json

import pytest

HELPERS = {
    "__init__.py": "_ROOMS = ('near',)\n_FUNCTIONS = {'make_near': 'near'}\ndef __getattr__(name): ...\n",
    "alone.py": "x = 1\n",
    "errors.py": "class Wrong(ValueError): ...\n",
    "near.py": "from .errors import Wrong\ndef _inner(): ...\n",
    "far.py": "def f():\n    from pruneuq_helpers.near import Wrong\n",
    "plain/__init__.py": "from .part import y\n",
    "plain/part.py": "from ..near import Wrong\ny = 1\n",
    "plain/other.py": "",
    "plain/table.csv": "a\n1\n",
    "plain/pictures/one.svg": "",
    "lazy/__init__.py": (
        "from importlib import import_module\nfrom ..errors import Wrong\n"
        "_WHERE = {'cut': 'cutting', 'sew': 'sewing'}\n"
        "def __getattr__(name):\n    return import_module('pruneuq_helpers.lazy.hidden')\n"
    ),
    "lazy/cutting.py": "from pruneuq_helpers import alone\n",
    "lazy/sewing.py": "",
    "lazy/hidden.py": "",
    "through.py": "from pruneuq_helpers import lazy\n",
    "register.py": "from importlib import import_module\nimport_module('pruneuq_helpers.alone')\n",
    "rooms/__init__.py": "",
    "rooms/one.py": "from pruneuq_helpers import alone\n",
    "rooms/two.py": "",
}


@pytest.fixture
def helpers(tree):
    for name, source in HELPERS.items():
        path = tree / "pruneuq_helpers" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return tree / "pruneuq_helpers"


@pytest.fixture
def state(load):
    """The state of a notebook, asked in a process of its own."""
    return lambda text, chapter="01_a": load("tools/digest.py").state(text, chapter)


@pytest.fixture
def changes(helpers, state, notebook):
    """Whether an edit of a helper changes the state of a notebook with these cells."""

    def changed(helper: str, *cells: str) -> bool:
        text = notebook("01_a", *cells).read_text()
        before = state(text)
        path = helpers / helper
        kept = path.read_text()
        path.write_text(f"{kept}z = 1\n")
        after = state(text)
        path.write_text(kept)
        assert state(text) == before
        return before != after

    return changed


@pytest.mark.parametrize(
    ("cell", "helper"),
    [
        ("from pruneuq_helpers.alone import x", "alone.py"),
        ("import pruneuq_helpers.alone as a", "alone.py"),
        ("import pruneuq_helpers.alone", "alone.py"),
        ("from pruneuq_helpers import alone", "alone.py"),
        ("from pruneuq_helpers import alone", "__init__.py"),
        ("from pruneuq_helpers.near import Wrong", "errors.py"),
        ("from pruneuq_helpers.far import f", "errors.py"),
        ("from pruneuq_helpers.plain import y", "plain/part.py"),
        ("from pruneuq_helpers.plain import y", "errors.py"),
        ("from pruneuq_helpers.plain.part import y", "plain/__init__.py"),
        ("from pruneuq_helpers import plain", "plain/part.py"),
        ("from pruneuq_helpers.plain import other", "plain/table.csv"),
        ("from pruneuq_helpers.plain import other", "plain/pictures/one.svg"),
        ("from pruneuq_helpers.lazy import cut", "lazy/cutting.py"),
        ("from pruneuq_helpers.lazy import cut", "alone.py"),
        ("from pruneuq_helpers.lazy import cut", "errors.py"),
        ("from pruneuq_helpers import lazy\nlazy.cut(1)", "alone.py"),
        ("from pruneuq_helpers import lazy\ngetattr(lazy, 'c' + 'ut')(1)", "alone.py"),
        ("from pruneuq_helpers import lazy\ntools = [lazy]", "lazy/sewing.py"),
        ("from pruneuq_helpers import lazy\nlazy.unknown", "lazy/hidden.py"),
        ("from pruneuq_helpers.lazy import *", "lazy/cutting.py"),
        ("from pruneuq_helpers import through\nthrough.lazy.cut", "lazy/cutting.py"),
        ("import pruneuq_helpers as pq\npq.lazy.cut", "lazy/cutting.py"),
        ("from pruneuq_helpers import register", "alone.py"),
        ("from pruneuq_helpers.rooms.one import x", "alone.py"),
        ("import pruneuq_helpers as pq\npq.alone.x", "alone.py"),
        ("import pruneuq_helpers as pq\nprint(pq)", "far.py"),
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
        ("from pruneuq_helpers.plain import y", "plain/other.py"),
        ("from pruneuq_helpers.plain import y", "alone.py"),
        ("from pruneuq_helpers.lazy import cut", "lazy/sewing.py"),
        ("from pruneuq_helpers.lazy import cut", "lazy/hidden.py"),
        ("from pruneuq_helpers import lazy\nlazy.sew(1)", "alone.py"),
        ("from pruneuq_helpers import lazy\nlazy.Wrong", "lazy/cutting.py"),
        ("from pruneuq_helpers import make_near", "alone.py"),
        ("from pruneuq_helpers.rooms.one import x", "rooms/two.py"),
        ("from pruneuq_helpers.rooms import one", "rooms/two.py"),
        ("import numpy", "__init__.py"),
        ("this is no python, as an exercise may leave it", "alone.py"),
    ],
)
def test_edit_of_anything_else_does_not(changes, cell, helper):
    assert not changes(helper, cell)


def test_every_cell_counts_also_one_that_holds_fences(changes):
    assert changes("alone.py", "1", "2", "from pruneuq_helpers.alone import x")
    assert changes("alone.py", "text = '```'\n```\n\n````{code-cell} ipython3\nfrom pruneuq_helpers import alone\n````")


def test_a_room_imported_in_one_cell_is_used_in_another(changes):
    assert changes("lazy/cutting.py", "from pruneuq_helpers import lazy", "lazy.cut(1)")


def test_words_in_a_helper_do_not_count_and_a_private_name_does_for_its_importers(helpers, state, notebook):
    texts = [notebook("01_a", f"from pruneuq_helpers import {name}").read_text() for name in ("far", "alone")]
    before = [state(text) for text in texts]
    near = helpers / "near.py"
    documented = (
        '"""Of errors."""\n\n# One is enough.\nfrom .errors import Wrong\n\n\n'
        'def _inner():\n    """Nothing."""\n    ...\n'
    )
    near.write_text(documented)
    assert [state(text) for text in texts] == before
    near.write_text(documented.replace("Nothing.", "Nothing at all."))
    assert [state(text) for text in texts] == before
    near.write_text(documented.replace("_inner", "_within"))
    assert [state(text) == old for text, old in zip(texts, before, strict=True)] == [False, True]


def test_prose_does_not_count_and_pins_do(helpers, state, notebook, tree):
    text = notebook("01_a", "from pruneuq_helpers.near import Wrong").read_text()
    before = state(text)
    assert state(text.replace("Words.", "Other words, on pruneuq_helpers.alone.")) == before
    (tree / "requirements.txt").write_text("numpy==2\n")
    assert state(text) != before


READING = "from pathlib import Path\ndef table(chapter):\n    return Path('book') / 'results' / 'real' / chapter\n"


@pytest.mark.parametrize("folder", ["book/results/real", "book/results/real-mnist", "notebooks/parameters/real"])
@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("from pruneuq_helpers import keeping", "01_a"),
        ("from pruneuq_helpers.showing import show", "01_a"),
        ("from pruneuq_helpers import keeping\nkeeping.table('02_b')", "02_b"),
        ("from pruneuq_helpers.second import show", "02_b"),
        ("open('../book/results/real/01_a/table.csv')", "01_a"),
        ("open('../book/results/real/02_b/table.csv')", "02_b"),
    ],
)
def test_kept_results_count_for_those_that_read_them(helpers, state, notebook, tree, folder, cell, shown):
    (helpers / "keeping.py").write_text(READING)
    (helpers / "showing.py").write_text("from .keeping import table\n")
    (helpers / "second.py").write_text("from . import keeping\nshow = lambda: keeping.table('02_b')\n")
    text = notebook("01_a", cell).read_text()
    plain = notebook("01_a", "'Book and results: 01_a, 02_b'").read_text()
    before = state(text), state(plain)
    for chapter in ("03_c", shown):
        assert (state(text), state(plain)) == before
        path = tree / folder / chapter / "cells.csv" if "results" in folder else tree / folder / f"{chapter}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a: 1")
    assert state(plain) == before[1]
    assert state(text) != before[0]
    path.unlink()
    assert state(text) == before[0]


def test_what_was_parsed_is_remembered_and_never_believed_without_the_bytes(helpers, load, state, notebook, tree):
    text = notebook("01_a", "from pruneuq_helpers import near").read_text()
    before, memory = state(text), tree / "_build" / "digest.json"
    known = json.loads(memory.read_text())

    tool = load("tools/digest.py")
    tool.read = None  # nothing is parsed again
    assert len(tool.sources()) == len([name for name in HELPERS if name.endswith(".py")])

    (helpers / "errors.py").write_text("class Wrong(KeyError): ...\n")
    after = state(text)
    assert after != before
    for spoilt in (memory.read_text()[:100], json.dumps(known | {"rules": "others"})):
        memory.write_text(spoilt)
        assert state(text) == after


def test_a_helper_that_is_no_python_changes_the_state_of_its_importers(changes, helpers):
    (helpers / "near.py").write_text("from .errors import\n")
    assert changes("near.py", "from pruneuq_helpers.far import f")


def test_state_goes_into_the_kernelspec_once(helpers, load, notebook):
    module = load("tools/digest.py")
    text = notebook("01_a", "1").read_text()
    stamped = module.stamp(text, "01_a")
    added = set(stamped.splitlines()) - set(text.splitlines())
    assert added == {f"  state: '{module.state(text, '01_a')}'"}
    with pytest.raises(ValueError, match="no `kernelspec:` in its header"):
        module.stamp("# A page\n", "a")
