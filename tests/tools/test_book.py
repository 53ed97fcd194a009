"""The build: what starts it, what stops it, and a small real book with faults in it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORDS = "Enough words for a page that is not taken for an empty one by the check of the built site. " * 3


@pytest.fixture
def book(load, tree, monkeypatch):
    """The tool, with steps that are only written down; one of them can be made to fail."""
    tool = load("tools/book.py")
    tool.done, tool.failing = [], ""

    def step(*command):
        name = command[0].rpartition("/")[2]
        tool.done.append(name)
        if name == tool.failing:
            raise SystemExit(f"{name} failed")
        if name == "render.py":
            tool.SITE.mkdir(parents=True, exist_ok=True)
            (tool.SITE / "index.html").touch()

    monkeypatch.setattr(tool, "step", step)
    return tool


STEPS = ["vendor.py", "pairs.py", "execute.py", "render.py", "slides.py", "check_site.py"]


def test_second_build_of_the_same_only_looks(book, capsys):
    book.main()
    assert book.done == STEPS
    book.main()
    assert book.done == [*STEPS, "vendor.py"]
    assert capsys.readouterr().out.count(f"The book is at {book.SITE / 'index.html'}") == 2


@pytest.mark.parametrize("failing", STEPS)
def test_failed_build_is_not_taken_for_a_finished_one(book, failing, capsys):
    book.failing = failing
    with pytest.raises(SystemExit, match="failed"):
        book.main()
    assert capsys.readouterr().out == ""
    book.failing, book.done = "", []
    book.main()
    assert book.done == STEPS


@pytest.mark.parametrize("path", ["book/a.md", "notebooks/01_a.md", "pruneuq_helpers/a.py", "_toc.yml"])
def test_edit_builds_again(book, tree, path):
    book.main()
    (tree / path).parent.mkdir(exist_ok=True)
    (tree / path).write_text("new")
    book.done.clear()
    book.main()
    assert book.done == STEPS


def test_left_overs_of_programs_do_not_count(book, tree):
    book.main()
    for folder in ("sphinx_ext/__pycache__", "notebooks/.ipynb_checkpoints"):
        (tree / folder).mkdir()
        (tree / folder / "left").touch()
    book.done.clear()
    book.main()
    assert book.done == ["vendor.py"]


def test_failing_step_stops_the_build(load):
    tool = load("tools/book.py")
    tool.step("-c", "pass")
    with pytest.raises(SystemExit, match="the book was not built: `-c raise SystemExit"):
        tool.step("-c", "raise SystemExit(3)")


# --- a real, small book ---


@pytest.fixture
def small_book(tree, notebook):
    """Pages and a chapter, with the settings and extensions of the whole book; build it and get status and words.

    The pages are enough for Sphinx to read and write them in several processes. The package lies in a checkout that
    keeps the answer of the front page alone: this one would fill the small book's ledger with all that it keeps.
    """
    for name in ("_config.yml", "thirdparty", "book/_static", "book/references.bib"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (tree / name).parent.mkdir(exist_ok=True)
        copy(ROOT / name, tree / name)
    (tree / "pruneuq_helpers").mkdir()
    (tree / "pruneuq_helpers" / "__init__.py").touch()
    answer = "book/results/real/07_pruning_meets_uncertainty/answer.jsonl.xz"
    for name in ("pruneuq_helpers", "notebooks", "_toc.yml", answer):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (tree / "elsewhere" / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, tree / "elsewhere" / name)
    environment = os.environ | {"PYTHONPATH": str(tree / "elsewhere")}
    more = [f"book/more_{number}" for number in range(6)]
    files = "".join(f"- file: {name}\n" for name in ("notebooks/01_a", *more))
    (tree / "_toc.yml").write_text(f"format: jb-book\nroot: book/intro\nchapters:\n{files}")
    for name in more:
        (tree / f"{name}.md").write_text(f"# {name}\n\n{WORDS}\n")
    path = notebook("01_a", "print('hello')")
    path.write_text(path.read_text().replace("Words.", WORDS))

    def build(page: str):
        (tree / "book" / "intro.md").write_text(f"# Small\n\n{WORDS}\n\n{page}\n")
        subprocess.run([sys.executable, "tools/pairs.py", "--write"], cwd=tree, check=True)
        done = subprocess.run(
            [sys.executable, "tools/book.py"], cwd=tree, check=False, capture_output=True, text=True, env=environment
        )
        return done.returncode, done.stdout + done.stderr

    return build


@pytest.mark.long
def test_faults_in_pages_stop_a_real_build(small_book, tree):
    status, told = small_book("See [the chapter](../notebooks/01_a.md) and $x^2$.")
    assert status == 0, told
    assert "1 executed, 0 failed, 0 from the cache" in told
    page = (tree / "_build" / "html" / "book" / "intro.html").read_text()
    assert "vendor/mathjax/tex-chtml.js" in page
    assert "html-manager" not in page

    status, told = small_book("See [the chapter](../notebooks/01_gone.md).")
    assert status == 1
    assert "01_gone.md" in told
    assert "The book is at" not in told
    assert "0 executed, 0 failed, 1 from the cache" in told

    script = '<script src="https://example.org/x.js"></script>'
    status, told = small_book(f"![](_static/logo.svg)\n\n```{{raw}} html\n{script}\n```")
    assert status == 1
    assert "book/intro.html: loads from another host: https://example.org/x.js" in told
    assert "book/intro.html: image without a text alternative: ../_images/logo.svg" in told
