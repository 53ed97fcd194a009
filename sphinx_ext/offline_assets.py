"""Serve every script from the book itself: a page makes no request to another host."""

from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "thirdparty" / "pages"


def _config(app, config):
    # Appended here and not in _config.yml: Jupyter Book 1 loads every .js that it finds below
    # html_static_path on every page; this folder is only copied.
    config.html_static_path.append(str(VENDOR))
    config.mathjax_path = "vendor/mathjax/tex-chtml.js"
    config.nb_ipywidgets_js = {"vendor/html-manager/embed.js": {"defer": "defer"}}


def _once(app, pagename, templatename, context, doctree):
    """Drop inline scripts that two extensions register twice (a second `const` is an error in the page)."""
    seen, kept = set(), []
    for script in context.get("script_files", []):
        key = (str(getattr(script, "filename", script) or ""), getattr(script, "attributes", {}).get("body"))
        if key not in seen:
            seen.add(key)
            kept.append(script)
    context["script_files"][:] = kept


def _widgets_only_where_used(app, pagename, templatename, context, doctree):
    """The widget manager is 1 MB: load it only on pages that hold a widget."""
    if "application/vnd.jupyter.widget-view+json" in context.get("body", ""):
        return
    scripts = context.get("script_files", [])
    scripts[:] = [s for s in scripts if "html-manager" not in str(getattr(s, "filename", s) or "")]


def _search_from_a_folder(app, pagename, templatename, context, doctree):
    """A page opened from a folder may not read other pages: there, search shows titles without excerpts."""
    if pagename == "search":
        from_a_folder = "if (location.protocol === 'file:') DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false"
        app.add_js_file(None, body=from_a_folder)


def setup(app):
    app.connect("config-inited", _config)
    app.connect("html-page-context", _search_from_a_folder)
    app.connect("html-page-context", _once, priority=900)
    app.connect("html-page-context", _widgets_only_where_used, priority=910)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
