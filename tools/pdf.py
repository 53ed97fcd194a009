"""Print the built book: a tagged PDF with an outline and the figures' texts, by Chromium, from one long page."""

import argparse
import re
from html import escape
from pathlib import Path

from pages import AUTHOR, QUESTION, SITE, TARGET, TITLE, Page, link, printer, read, styles, version

PDF = TARGET / "pruneuq.pdf"
PAPER = Path(__file__).with_name("paper.css")
FOOTER = (
    '<div style="width:100%;font-size:8px;text-align:center;color:#555">'
    '<span class="pageNumber"></span> / <span class="totalPages"></span></div>'
)
MATHJAX = '{"options": {"processHtmlClass": "math", "ignoreHtmlClass": "mathjax_ignore"}}'
# A formula is one picture with its source as its text: glyph by glyph nobody could listen to it.
SET = """() => (window.MathJax ? MathJax.startup.promise : Promise.resolve()).then(() => {
    document.querySelectorAll('.math').forEach(node => {
        const made = node.querySelector('mjx-container')
        if (!made) throw new Error('a formula was not set: ' + node.textContent.slice(0, 80))
        node.setAttribute('role', 'img')
        node.setAttribute('aria-label', node.dataset.source)
        made.removeAttribute('tabindex')
        made.querySelectorAll('[aria-hidden]').forEach(part => part.removeAttribute('aria-hidden'))
        made.querySelectorAll('mjx-assistive-mml').forEach(part => part.remove())
    })
    return Promise.all([...document.images].map(image => image.decode()))
})"""


def anchor(number: int, fragment: str = "") -> str:
    """The id of a page, or of something on it, in the one long page."""
    return f"page{number}-{fragment}" if fragment else f"page{number}"


def source(formula) -> str:
    """The TeX of a formula, without its number and its marks."""
    return re.search(r"\\[(\[](.*)\\[)\]]", formula.get_text(), re.S)[1].strip()


def joined(pages: list[Page]) -> str:
    """All pages as one, every id prefixed by its page, every picture by its place."""
    number = {page.name: i for i, page in enumerate(pages)}
    link(pages, lambda name, fragment: f"#{anchor(number[name], fragment)}")
    for i, page in enumerate(pages):
        for tag in page.article.find_all(id=True):
            tag["id"] = anchor(i, tag["id"])
        for tag in page.article.find_all(attrs={"aria-labelledby": True}):
            del tag["aria-labelledby"]
        for tag in page.article.find_all(attrs={"marker-end": True}):
            tag["marker-end"] = tag["marker-end"].replace("#", f"#{anchor(i)}-")
        for figure in page.article.select("figure, figcaption"):
            figure.name = "div"  # the picture itself carries the text; a figure around it would be a second, mute one
        for code in page.article.select(".highlight pre"):
            code.string = code.get_text()  # each coloured word would be an element of the PDF's structure
        for image in page.article.find_all("img"):
            if not re.match(r"data:|https?:", image["src"]):
                image["src"] = ((SITE / page.name).parent / image["src"]).resolve().as_uri()
        for formula in page.article.select(".math"):
            formula["data-source"] = source(formula)
        page.article.name, page.article["id"] = "section", anchor(i)
    contents = "".join(f'<li><a href="#{anchor(i)}">{escape(page.title)}</a></li>' for i, page in enumerate(pages))
    script = (SITE / "_static" / "vendor" / "mathjax" / "tex-chtml.js").as_uri()
    cover = f'<h1>{escape(TITLE)}</h1><p class="question">{QUESTION}</p><p>{escape(AUTHOR)}, version {version()}</p>'
    return (
        f'<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{escape(TITLE)}</title>'
        f"<style>{styles((SITE / '_static' / 'fonts').as_uri())}{PAPER.read_text(encoding='utf-8')}</style>"
        f'<script>window.MathJax = {MATHJAX}</script><script src="{script}"></script></head>'
        f'<body><section class="cover">{cover}</section>'
        f"<nav><h1>Contents</h1><ol>{contents}</ol></nav>{''.join(str(page.article) for page in pages)}</body></html>"
    )


def main() -> None:
    """Write the PDF and say where it is."""
    TARGET.mkdir(parents=True, exist_ok=True)
    whole = TARGET / "pruneuq.print.html"
    whole.write_text(joined(read()), encoding="utf-8")
    with printer() as page:
        page.goto(whole.as_uri())
        page.evaluate(SET)
        page.pdf(
            path=PDF, tagged=True, outline=True, prefer_css_page_size=True, print_background=True,
            display_header_footer=True, header_template="<span></span>", footer_template=FOOTER,
        )  # fmt: skip
    whole.unlink()
    print(f"The PDF is at {PDF}")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
