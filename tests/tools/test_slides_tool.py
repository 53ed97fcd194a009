"""A page becomes slides by plain rules: a question first, then a message and what shows it."""

import pytest
from bs4 import BeautifulSoup

LONG = "long = 1" + 12 * "\n" + "end = 2"
ROWS = "".join(f"<tr><td>row {number}</td></tr>" for number in range(3))
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
<div class="cell_output"><figure id="fig"><img src="../_images/a.png" alt="a line">
<figcaption><span class="caption-text">A line.</span></figcaption></figure></div></div>
<p>The conclusion.</p>
<div class="cell"><div class="cell_output"><figure id="fig-other"><img src="../_images/b.png" alt="b">
<figcaption><span class="caption-text">Another line.</span></figcaption></figure></div></div>
<section id="s2"><h3>Deeper</h3><div class="math">x</div></section></section>
<section id="s3"><h2>Results</h2><div class="cell"><div class="cell_output">
<table><thead><tr><th>head</th></tr></thead><tbody>{ROWS}</tbody></table>
<div class="pruneuq-forest"><div class="forest-claim forest-head">sides</div>
<div class="forest-claim" id="claim-a"><p>it falls</p><div>holds</div></div></div>
<table class="pruneuq-provenance"><tbody><tr><td>the machine</td></tr></tbody></table></div></div></section>
<section id="s4"><h2>Check yourself</h2><p>Answer each.</p>
<p><strong>1.</strong> Well?</p><details><summary>Answer</summary><p>So.</p></details></section>
<section id="s5"><h2>Exercises</h2>
<div class="exercise admonition" id="ex-02-do"><p class="admonition-title">Exercise 2.1 (Do)</p><section><p>Do it.</p>
<div class="cell"><div class="cell_input"><pre>stub</pre></div></div></section></div>
<div class="solution dropdown admonition"><p>The secret answer.</p></div></section>
<section id="s6"><h2>What to remember</h2><ul><li>this</li></ul></section>
</section></article></body></html>
"""
SAID = {
    "fig": {"before": "Up or down?", "message": "The line falls"},
    "s1": {"before": "How much?", "message": "Score by hand"},
}


@pytest.fixture
def tools(load, monkeypatch, tree):
    """The tool, and the parts that it is made of."""
    monkeypatch.syspath_prepend(str(tree / "tools"))
    return load("tools/slides.py")


@pytest.fixture
def slides(tools):
    """The elements of the chapter's slides, by id."""
    soup = BeautifulSoup(tools.deck(PAGE, "02_b", SAID), "html.parser")
    return {slide["id"]: slide for slide in soup.select(".slides > section > section")}


def said(slide) -> str:
    return " ".join(slide.get_text(" ", strip=True).split())


def later(slide) -> str:
    """What comes with the second press of the key."""
    return " ".join(said(part) for part in slide.select(".fragment:not(.fade-out)"))


def test_title_asks_the_question_and_for_a_prediction(slides):
    title = slides["slide-start"]
    assert said(title).startswith("A & B Why? Write your answer down.")
    assert title.a["href"] == "../notebooks/02_b.html"


def test_picture_comes_after_its_question_with_its_message_as_title(slides):
    slide = slides["slide-fig"]
    assert said(slide.select_one(".before")) == "Up or down?"
    assert not slide.select_one(".before").find_parent(class_="fragment")
    assert said(slide.h2) == "The line falls"
    assert "fragment" in slide.h2["class"]
    assert slide.img["alt"] == "a line"
    assert slide.img.find_parent(class_="fragment")
    assert "The conclusion." in said(slide.select_one("aside.notes"))


def test_picture_without_words_of_its_own_asks_with_its_caption(slides):
    slide = slides["slide-fig-other"]
    assert "Another line." in said(slide.select_one(".before"))
    assert "Say first what you expect." in said(slide.select_one(".before"))


def test_what_a_cell_prints_comes_later(slides):
    slide = slides["slide-s1"]
    assert "score = 1" in said(slide)
    assert "one" in later(slide)
    assert "score = 1" not in later(slide)
    assert said(slide.h2) == "Score by hand"


def test_findings_are_voted_on_before_their_verdicts(slides):
    slide = slides["slide-claims"]
    assert said(slide.select_one(".fade-out ol")) == "it falls"
    assert "holds" in later(slide)
    assert not slide.select("[id=claim-a]")


def test_links_lead_back_to_the_book(tools):
    text = tools.deck(PAGE, "02_b", {})
    for link in ("../notebooks/02_b.html#fig", "../notebooks/01_a.html#x", "../book/b.html"):
        assert f'href="{link}"' in text


def test_answers_stay_folded_and_solutions_stay_out(slides):
    assert said(slides["slide-question-1"].details.summary) == "Answer"
    assert "Well?" in said(slides["slide-question-1"])
    assert slides["slide-exercises"].a["href"] == "../notebooks/02_b.html#ex-02-do"
    assert later(slides["slide-remember"]) == "What to remember this"
    everything = " ".join(map(said, slides.values()))
    for hidden in ("secret", "stub", "seeds = 2", "plot()", "end = 2", "the machine", "Do it."):
        assert hidden not in everything


def test_a_chapter_has_at_most_thirty_slides_and_keeps_its_pictures(tools):
    cell = '<div class="cell"><div class="cell_input"><div class="highlight"><pre>a = 1</pre></div></div>'
    cell += '<div class="cell_output"><div class="output text_plain">1</div></div></div>'
    whole, _ = tools.article(PAGE.replace("<p>Only spoken.</p>", 60 * cell), "02_b")
    shown, every = tools.chapter_slides(whole, "02_b.html", SAID)
    assert len(every) > 60
    assert len(shown) == 30
    assert {"start", "fig", "fig-other", "claims", "question-1", "exercises", "remember"} <= {one.name for one in shown}


DECK = """# A course

Words.

Notes: nor this

## Before

A question.

Notes: not on the slide

```{slides} 02_b
fig
ex-02-do
```

## After
"""


def site_of(tree):
    site = tree / "_build" / "html"
    (site / "notebooks").mkdir(parents=True)
    (tree / "_toc.yml").write_text("root: book/intro\nchapters:\n  - file: notebooks/02_b\n")
    (tree / "book" / "slides").mkdir(parents=True)
    (tree / "book" / "slides" / "course.md").write_text(DECK)
    return site


def test_command_writes_a_deck_a_chapter_and_one_a_course(tools, tree, capsys):
    site = site_of(tree)
    with pytest.raises(SystemExit, match="notebooks/02_b was not built"):
        tools.main(site)
    (site / "notebooks" / "02_b.html").write_text(PAGE)
    for _ in range(2):
        tools.main(site)
        assert {path.name for path in (site / "slides").iterdir()} == {"02_b.html", "course.html", "slides.css"}
    assert capsys.readouterr().out == f"The slides are in {site / 'slides'}\n" * 2
    text = (site / "slides" / "course.html").read_text()
    soup = BeautifulSoup(text, "html.parser")
    columns = soup.select(".slides > section")
    names = [[slide["id"] for slide in column.find_all("section", recursive=False)] for column in columns]
    assert names == [["slide-deck"], ["slide-own-1", "slide-02-fig", "slide-02-ex-02-do"], ["slide-own-2"]]
    assert said(soup.select_one("#slide-own-1 aside.notes")) == "not on the slide"
    assert said(soup.select_one("#slide-deck aside.notes")) == "nor this"
    assert "Do it." in said(soup.select_one("#slide-02-ex-02-do"))
    assert "vendor/mathjax/tex-chtml.js" in text
    assert "other.js" not in text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("fig\n", "fig\nfig-gone\n", "course.md takes `fig-gone` of 02_b, which has "),
        ("{slides} 02_b", "{slides} 03_c", "course.md takes slides of `03_c`; it takes 02_b"),
    ],
)
def test_deck_that_asks_for_what_is_not_there_is_told(tools, tree, old, new, message):
    site = site_of(tree)
    (site / "notebooks" / "02_b.html").write_text(PAGE)
    (tree / "book" / "slides" / "course.md").write_text(DECK.replace(old, new))
    with pytest.raises(SystemExit, match=message):
        tools.main(site)


def test_without_a_built_book_there_are_no_slides(tools, tree):
    with pytest.raises(SystemExit, match="^the book was not built, so it has no slides: run `make book`$"):
        tools.main(tree / "nowhere")
