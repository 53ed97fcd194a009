"""The check of a built site is quiet on a good one and names every injected fault."""

import subprocess
import sys

import pytest

WORDS = "word " * 50
PAGE = (
    f'<html><head><link rel="canonical" href="https://example.org/a.html"></head><body><article id="top"><p>{WORDS}</p>'
    '<a href="b.html#part">b</a> <a href="#top">up</a> <a href="https://example.org/">out</a> <a href="../">index</a>'
    '<a href="mailto:a@example.org">mail</a> '
    '<img src="../dot.png" alt="a dot"> <img src="data:image/gif;base64," alt="x">'
    '<a name="old"></a><a href="#old">old</a></article></body></html>'
)


@pytest.fixture
def site(tree):
    """A site of two good pages."""
    (tree / "_toc.yml").write_text("root: book/a\nparts:\n- chapters:\n  - file: book/b\n")
    folder = tree / "_build" / "html"
    (folder / "book").mkdir(parents=True)
    (folder / "dot.png").touch()
    (folder / "index.html").write_text('<a href="book/a.html">a</a>')
    (folder / "book" / "a.html").write_text(PAGE)
    (folder / "book" / "b.html").write_text(f'<article id="part">{WORDS}</article>')
    return folder


@pytest.fixture
def found(load, site):
    """What the check finds now."""

    def problems() -> list[str]:
        tool = load("tools/check_site.py")
        return tool.missing_pages(site) + tool.site_problems(site) + tool.page_problems(site)

    return problems


def test_good_site_passes(found):
    assert found() == []


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ('<a href="c.html">c</a>', "missing target c.html"),
        ('<a href="b.html#gone">b</a>', "missing fragment b.html#gone"),
        ('<a href="#gone">here</a>', "missing fragment #gone"),
        ('<a href="/book/b.html">b</a>', "leads out of the site: /book/b.html"),
        ('<a href="../../../README.md">b</a>', "leads out of the site: ../../../README.md"),
        ('<a href="file:///etc/hosts">b</a>', "leads out of the site: file:///etc/hosts"),
        ('<img src="gone.png" alt="a dot">', "missing target gone.png"),
        ('<img src="../dot.png">', "image without a text alternative: ../dot.png"),
        ('<img src="../dot.png" alt=" ">', "image without a text alternative: ../dot.png"),
        ('<img src="../dot.png" alt="_images/dot.png">', "image without a text alternative: ../dot.png"),
        ('<script src="https://example.org/x.js"></script>', "loads from another host: https://example.org/x.js"),
        ('<script src="//example.org/x.js"></script>', "loads from another host: //example.org/x.js"),
        ('<link rel="stylesheet" href="https://example.org/x.css">', "loads from another host: https://example.org/x"),
        ('<img src="https://example.org/x.png" alt="x">', "loads from another host: https://example.org/x.png"),
        ('<iframe src="https://example.org/"></iframe>', "loads from another host: https://example.org/"),
        ('<object data="https://example.org/x.svg"></object>', "loads from another host: https://example.org/x.svg"),
        ("<style>p{background:url(//example.org/x)}</style>", "loads from another host: //example.org/x"),
        ("<table><tr><td>a number</td></tr></table>", "table without a header: a number"),
    ],
)
def test_fault_in_a_page_is_found(found, site, fault, problem):
    (site / "book" / "a.html").write_text(PAGE.replace("</article>", f"{fault}</article>"))
    assert len(found()) == 1
    assert found()[0].startswith(f"book/a.html: {problem}")


@pytest.mark.parametrize(
    "left",
    [
        "",
        "<article>a few words</article>",
        f"<main>{WORDS}</main>",
        f"<article><script>{WORDS}</script></article>",
    ],
)
def test_empty_page_is_found(found, site, left):
    (site / "book" / "b.html").write_text(f'<p id="part"></p>{left}')
    assert found() == ["book/b: the page is empty"]


def test_missing_page_is_found(found, site):
    (site / "book" / "b.html").unlink()
    assert found() == ["book/b: in _toc.yml, but not built", "book/a.html: missing target b.html#part"]


def test_heavy_page_is_found(found, site):
    (site / "book" / "b.html").write_text(f'<article id="part">{WORDS * 25_000}</article>')
    assert found() == ["book/b: the page has 6.3 MB, at most 1 MB is wanted"]


def test_heavy_site_is_found(found, site):
    with (site / "film.mp4").open("wb") as film:
        film.truncate(25_100_000)
    assert found() == ["the site has 25.1 MB, at most 25 MB are wanted"]


def test_table_that_is_none_needs_no_header(found, site):
    table = '<table role="presentation"><tr><td>a</td></tr></table>'
    (site / "book" / "a.html").write_text(PAGE.replace("</article>", f"{table}</article>"))
    assert found() == []


@pytest.mark.parametrize(
    "rule", ['@import "https://example.org/x.css";', "p{background:url( 'https://example.org/x.css')}"]
)
def test_style_from_another_host_is_found(found, site, rule):
    (site / "own.css").write_text(f"a{{color:red}} {rule}")
    assert found() == ["own.css: loads from another host: https://example.org/x.css"]


def test_command_fails_and_names_the_fault(site, tree):
    command = [sys.executable, "tools/check_site.py"]
    assert subprocess.run(command, cwd=tree, check=False).returncode == 0
    (site / "book" / "b.html").unlink()
    done = subprocess.run(command, cwd=tree, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "book/b: in _toc.yml, but not built" in done.stderr
