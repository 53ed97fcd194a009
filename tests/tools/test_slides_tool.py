"""A page becomes slides by plain rules; what has no place on a slide stays out."""

import pytest
from bs4 import BeautifulSoup

LONG = "long = 1" + 12 * "\n" + "end = 2"
ROWS = "".join(f"<tr><td>row {number}</td></tr>" for number in range(14))
PAGE = f"""
<html><head><script>window.MathJax = {{}}</script><script src="../_static/vendor/mathjax/tex-chtml.js"></script>
<script src="../_static/other.js"></script></head><body><article><section id="a">
<h1><span class="section-number">2. </span>A &amp; B<a class="headerlink" href="#a">#</a></h1>
<div class="admonition-at-a-glance admonition"><p class="admonition-title">At a glance</p>
<p><strong>The question.</strong> Why?</p></div>
<div class="cell tag_parameters"><div class="cell_input"><pre>seeds = 2</pre></div></div>
<section id="s1"><h2><span class="section-number">2.1. </span>By hand<a class="headerlink" href="#s1">#</a></h2>
<p>The lead, <a href="#fig">Fig</a>, <a href="01_a.html#x">before</a>, <a href="../book/b.html">page</a>.</p>
<p>Before the code.</p>
<div class="cell"><div class="cell_input"><div class="highlight"><pre>score = 1</pre></div></div>
<div class="cell_output"><div class="output text_plain">one</div></div></div>
<p>Only spoken.</p>
<div class="cell"><div class="cell_input"><div class="highlight"><pre>import secret</pre></div></div></div>
<div class="cell"><div class="cell_input"><div class="highlight"><pre>{LONG}</pre></div></div></div>
<div class="cell tag_hide-input"><div class="cell_input"><div class="highlight"><pre>plot()</pre></div></div>
<div class="cell_output"><figure id="fig"><img src="../_images/a.png" alt="a line"></figure></div></div>
<section id="s2"><h3>Deeper</h3><div class="math">x</div></section></section>
<section id="s3"><h2>Results</h2><div class="cell"><div class="cell_output">
<table><thead><tr><th>head</th></tr></thead><tbody>{ROWS}</tbody></table>
<table class="pruneuq-provenance"><tbody><tr><td>the machine</td></tr></tbody></table></div></div></section>
<section id="s4"><h2>Check yourself</h2><p>Well?</p><details><summary>Answer</summary><p>So.</p></details></section>
<section id="s5"><h2>Exercises</h2>
<div class="exercise admonition"><section><p>Do it.</p>
<div class="cell"><div class="cell_input"><pre>stub</pre></div></div></section></div>
<div class="solution dropdown admonition"><p>The secret answer.</p></div></section>
</section></article></body></html>
"""


@pytest.fixture
def columns(load, monkeypatch, tree):
    """The text of each slide, by column."""
    monkeypatch.syspath_prepend(str(tree / "tools"))
    soup = BeautifulSoup(load("tools/slides.py").deck(PAGE, "02_b"), "html.parser")
    stacks = soup.select(".slides > section")
    return [list(stack.find_all("section", recursive=False)) for stack in stacks]


def said(slide) -> str:
    return " ".join(slide.get_text(" ", strip=True).split())


def test_title_asks_the_question_and_leads_to_the_chapter(columns):
    title, glance = columns[0]
    assert said(title) == "A & B The question. Why? The chapter"
    assert title.a["href"] == "../notebooks/02_b.html"
    assert said(glance).startswith("At a glance")


def test_heading_paragraph_code_figure_and_deeper_heading_make_a_column(columns):
    lead, code, figure, deeper = columns[1]
    assert said(lead) == "By hand The lead, Fig , before , page . Only spoken."
    assert said(lead.select_one("aside.notes")) == "Only spoken."
    assert said(code) == "By hand Before the code. score = 1 one"
    assert figure.img["alt"] == "a line"
    assert said(deeper) == "Deeper x"


def test_links_lead_back_to_the_book(columns):
    links = [link["href"] for link in columns[1][0].select("a")]
    assert links == ["../notebooks/02_b.html#fig", "../notebooks/01_a.html#x", "../book/b.html"]


def test_long_table_is_dealt_out_with_its_head(columns):
    first, second = columns[2]
    assert [len(slide.select("tbody tr")) for slide in (first, second)] == [12, 2]
    assert all(said(slide.thead) == "head" for slide in (first, second))


def test_answers_stay_folded_and_solutions_stay_out(columns):
    assert said(columns[3][0].details.summary) == "Answer"
    everything = " ".join(said(slide) for column in columns for slide in column)
    assert "Do it." in everything
    assert not any(slide.select("section") for column in columns for slide in column)
    for hidden in ("secret", "stub", "seeds = 2", "plot()", "end = 2", "the machine"):
        assert hidden not in everything


def test_page_brings_its_formulas_and_nothing_else(load, monkeypatch, tree):
    monkeypatch.syspath_prepend(str(tree / "tools"))
    text = load("tools/slides.py").deck(PAGE, "02_b")
    assert "<title>A &amp; B: slides</title>" in text
    assert "vendor/mathjax/tex-chtml.js" in text
    assert "other.js" not in text


def test_without_a_built_book_there_are_no_slides(load, monkeypatch, tree):
    monkeypatch.syspath_prepend(str(tree / "tools"))
    with pytest.raises(SystemExit, match="^the book was not built, so it has no slides: run `make book`$"):
        load("tools/slides.py").main(tree / "nowhere")


def test_command_writes_a_deck_a_chapter_and_misses_what_was_not_built(load, monkeypatch, tree, capsys):
    monkeypatch.syspath_prepend(str(tree / "tools"))
    tool = load("tools/slides.py")
    site = tree / "_build" / "html"
    (site / "notebooks").mkdir(parents=True)
    (tree / "_toc.yml").write_text("root: book/intro\nchapters:\n  - file: notebooks/02_b\n")
    with pytest.raises(SystemExit, match="notebooks/02_b was not built"):
        tool.main(site)
    (site / "notebooks" / "02_b.html").write_text(PAGE)
    for _ in range(2):
        tool.main(site)
        assert {path.name for path in (site / "slides").iterdir()} == {"02_b.html", "slides.css"}
    assert capsys.readouterr().out == f"The slides are in {site / 'slides'}\n" * 2
