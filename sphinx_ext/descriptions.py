"""What a search engine or a shared link shows of a page: its title, and whole sentences that say what it holds.

A chapter gives its question, and the answer as far as it fits; another page the sentences of its first paragraphs.
"""

import re
from html import escape

from docutils import nodes

MOST = 200  # characters; more is cut off where it is shown
QUESTION = "The question."
# Pages whose own title says too little beside others of the web.
TITLES = {
    "book/intro": "What happens to a neural network's uncertainty when you prune it?",
    "book/answer": "What pruning does to a network's uncertainty: the answer",
}
# A page that begins with the words of another one.
SAID = {
    "book/answer": "What pruning does to a network's uncertainty, in a thousand words and a few figures: accuracy, "
    "calibration, the detection of errors and of the unknown, and answers that change.",
}
CITED = re.compile(r"\s?\[\s*(?:n\.d\.|\d{4})\]")  # the year behind an author's name
SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z0-9“])")
LEADS = (QUESTION, "In short.")


def _words(node: nodes.Node) -> str:
    words = CITED.sub("", " ".join(node.astext().split()))
    for lead in LEADS:
        words = words.removeprefix(lead).strip()
    return words


def _paragraphs(doctree: nodes.document) -> list[str]:
    """The question, of which a chapter tells in a box, and the paragraphs before the first heading, or after it."""
    every = list(doctree.findall(nodes.paragraph))
    asked = [_words(one) for one in every if one.astext().startswith(QUESTION)]
    text = [one for one in every if isinstance(one.parent, nodes.section)]
    first = [_words(one) for one in text if isinstance(one.parent.parent, nodes.document)]
    return [*asked[:1], *(first or map(_words, text))]


def description(doctree: nodes.document) -> str:
    """Whole sentences of a page, as many as fit; the first one in any case."""
    said = ""
    for sentence in (part for text in _paragraphs(doctree) for part in SENTENCE.split(text) if part):
        if said and len(said) + 1 + len(sentence) > MOST:
            break
        said = f"{said} {sentence}".strip()
    return said


def _describe(app, pagename, templatename, context, doctree):
    if doctree is None or app.builder.name != "html":
        return
    context["title"] = TITLES.get(pagename, context["title"])
    said = SAID.get(pagename) or description(doctree)
    context["metatags"] += f'<meta name="description" content="{escape(said)}">\n'
    context["meta"] = dict(context["meta"] or {}) | {"og:description": escape(said)}


def setup(app):
    app.connect("html-page-context", _describe, priority=400)  # before the extension that makes the cards
    return {"parallel_read_safe": True, "parallel_write_safe": True}
