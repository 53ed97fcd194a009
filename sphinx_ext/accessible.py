"""Mend what docutils writes and screen readers stumble over."""


def _citations(app, pagename, templatename, context, doctree):
    # `doc-biblioentry` is deprecated in DPUB-ARIA 1.1: the children of a list are list items.
    context["body"] = context.get("body", "").replace(' role="doc-biblioentry"', ' role="listitem"')


def setup(app):
    app.connect("html-page-context", _citations)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
