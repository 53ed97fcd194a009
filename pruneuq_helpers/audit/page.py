"""Pieces of a page that stands alone: no script, no address, readable in light, in dark and by ear."""

from collections.abc import Iterable, Sequence
from html import escape

from matplotlib.figure import Figure

from pruneuq_helpers.figures import markup
from pruneuq_helpers.figures.picture import take_picture

# Nothing may be fetched and nothing may run, whatever a class or a file is called.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_STYLE = """
:root{color-scheme:light dark;--ink:#1f2328;--paper:#fff;--line:#c8ccd1;--soft:#f3f4f6;--link:#0b4f9e;
--safe:#146c2e;--undecided:#7a4d00;--unsafe:#a11212}
@media (prefers-color-scheme:dark){:root{--ink:#e6e8eb;--paper:#16181c;--line:#4a4f57;--soft:#22262c;--link:#8ab8f5;
--safe:#7ddb96;--undecided:#f0c060;--unsafe:#ff9d94}}
body{margin:0 auto;max-width:60rem;padding:1rem 1.2rem 4rem;background:var(--paper);color:var(--ink);
font:1rem/1.55 system-ui,sans-serif}
h1,h2,h3{line-height:1.25}h2{margin-top:2.4rem;border-bottom:1px solid var(--line);padding-bottom:.2rem}
a{color:var(--link)}nav ul{padding-left:1.2rem}
.wide{overflow-x:auto;margin:1rem 0}.wide:focus-visible{outline:2px solid var(--link)}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.92rem}
caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top;white-space:nowrap}
th{background:var(--soft)}th:first-child,td.text{text-align:left}td.long{white-space:normal;text-align:left}
.safe{color:var(--safe);font-weight:600}.undecided{color:var(--undecided)}.not-safe{color:var(--unsafe);font-weight:600}
figure{margin:1.2rem 0}figure img{max-width:100%;height:auto;border-radius:.3rem}figcaption{font-size:.92rem}
.lead{font-size:1.12rem}.note{border-left:.3rem solid var(--undecided);padding-left:.8rem}
@media print{details{display:block}}
"""


def document(title: str, sections: Iterable[tuple[str, str]]) -> str:
    """A whole page.

    >>> page = document("Audit of <b>", [("In short", "<p>Safe.</p>")])
    >>> "<h1>Audit of &lt;b&gt;</h1>" in page, "http" in page.replace("http-equiv", "")
    (True, False)
    """
    sections = list(sections)
    parts = [
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f'<header><h1>{escape(title)}</h1><nav aria-label="Contents"><ul>',
        *(f'<li><a href="#part-{place}">{escape(head)}</a></li>' for place, (head, _) in enumerate(sections)),
        "</ul></nav></header><main>",
        *(
            f'<section aria-labelledby="part-{place}"><h2 id="part-{place}">{escape(head)}</h2>{body}</section>'
            for place, (head, body) in enumerate(sections)
        ),
        "</main></body></html>\n",
    ]
    return "".join(parts)


def paragraphs(texts: Iterable[str], kind: str = "") -> str:
    """Plain sentences, a paragraph each."""
    opening = f'<p class="{kind}">' if kind else "<p>"
    return "".join(f"{opening}{escape(text)}</p>" for text in texts)


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence], text: Sequence[int] = ()) -> str:
    """A table that can be read by ear: a caption, headers with their scope, a region that scrolls by keyboard.

    >>> '<th scope="row">l1</th><td class="safe">safe</td>' in table("Verdicts", ["criterion", "0.2"], [["l1", "safe"]])
    True
    """
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in columns)
    body = "".join(f"<tr>{_cells(row, text)}</tr>" for row in rows)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(row: Sequence, text: Sequence[int]) -> str:
    first, *others = [str(cell) for cell in row]
    cells = [f'<th scope="row">{escape(first)}</th>']
    for place, cell in enumerate(others, 1):
        verdict = cell if cell in ("safe", "undecided", "not safe") else ""
        kind = verdict.replace(" ", "-") or ("text" if place in text else "")
        cells.append(f'<td class="{kind}">{escape(cell)}</td>' if kind else f"<td>{escape(cell)}</td>")
    return "".join(cells)


def picture(drawn: tuple[Figure, str], caption: str, colours: int = 64) -> str:
    """A figure inside the page, with its text alternative and caption."""
    figure, alt = drawn
    shown = markup.image(take_picture(figure, alt, colours=colours))
    return f"<figure>{shown}<figcaption>{escape(caption)}</figcaption></figure>"


def folded(summary: str, body: str) -> str:
    """A part that is opened by who wants it."""
    return f"<details><summary>{escape(summary)}</summary>{body}</details>"
