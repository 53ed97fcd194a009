"""Mend what docutils and Sphinx write and screen readers stumble over."""

from pathlib import Path

INDEXES = ("genindex", "py-modindex", "prf-prf")
TOGGLE = '<summary><span class="toctree-toggle"'


def _citations(app, pagename, templatename, context, doctree):
    # `doc-biblioentry` is deprecated in DPUB-ARIA 1.1: the children of a list are list items.
    context["body"] = context.get("body", "").replace(' role="doc-biblioentry"', ' role="listitem"')


def _indexes(app, exception):
    """The indexes are laid out as tables without headers: they are lists in columns, and no tables."""
    for path in (Path(app.outdir) / f"{name}.html" for name in INDEXES):
        if exception is None and path.exists():
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace("<table ", '<table role="presentation" '), encoding="utf-8")


def _toggles(app, exception):
    """What opens the pages below one in the sidebar is a picture: it needs a name."""
    if exception is not None or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        if TOGGLE in text:
            named = TOGGLE.replace("<summary>", '<summary aria-label="pages below">')
            path.write_text(text.replace(TOGGLE, named), encoding="utf-8")


def setup(app):
    app.connect("html-page-context", _citations)
    app.connect("build-finished", _toggles)
    app.connect("build-finished", _indexes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
