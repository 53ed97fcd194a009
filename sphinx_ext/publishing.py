"""What a published site needs beside its pages: card, front door, sitemap, robots, a page for the lost."""

import re
from html import escape
from pathlib import Path

from card import draw

QUESTION = "What happens to a neural network's\nuncertainty when you prune it?"
CARD = "_static/card.png"
# Copied by the theme, asked for by no page: maps for debuggers, the search tool's words in other languages.
UNUSED = ("_static/scripts/*.map", "_static/styles/*.map", "_static/**/*.LICENSE.txt.map", "_static/locales/**/*.*")
# Icons come in two kinds of fonts; every browser of the last ten years takes the smaller one and never asks for this.
LARGER_FONTS = "_static/vendor/fontawesome/webfonts/*.ttf"
NAMED_LARGER = re.compile(r',\s*url\([^)]*fontawesome/webfonts/[^)]*\.ttf\) format\("truetype"\)')
LOST = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Page not found - {title}</title><meta name="robots" content="noindex">
<style>:root{{color-scheme:light dark}}body{{font:1.1rem/1.6 system-ui,sans-serif;max-width:36rem;margin:12vh auto;
padding:0 1.2rem;background:#fdfcf9;color:#22262b}}
a{{color:#0d4f85}}a:focus-visible{{outline:3px solid;outline-offset:2px}}
@media(prefers-color-scheme:dark){{body{{background:#15181c;color:#dfe3e8}}a{{color:#8cc4ef}}}}</style></head>
<body><main><h1>This page was pruned</h1>
<p>There is nothing at this address, or not any more.</p>
<ul><li><a href="{base}index.html">The front page</a></li><li><a href="{base}search.html">Search the book</a></li>
<li><a href="{base}book/chapter_map.html">The map of the chapters</a></li></ul></main></body></html>
"""
# The address that people share leads on to the first page; what shows links does not follow, so it says the same.
DOOR = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
{said}
<link rel="canonical" href="{base}{first}"><meta http-equiv="refresh" content="0; url={first}"></head>
<body><p><a href="{first}">{title}</a></p></body></html>
"""
SAID = re.compile(r'<meta (?:property="og:|name="description")[^>]*>')


def sitemap(base: str, docnames) -> str:
    """The list of pages for search engines."""
    places = "".join(f"<url><loc>{escape(base + name)}.html</loc></url>\n" for name in sorted(docnames))
    head = '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{head}{places}</urlset>\n"


def front_door(first: str, page: str, base: str) -> str:
    """The page at the site's own address: the card of the first page, and the way to it."""
    title = escape(QUESTION.replace("\n", " "))
    return DOOR.format(title=title, said="\n".join(SAID.findall(page)), base=base, first=first)


def without_unused(site: Path) -> None:
    """Remove what no page asks for."""
    for style in (site / "_static" / "styles").glob("*.css"):
        style.write_text(NAMED_LARGER.sub("", style.read_text(encoding="utf-8")), encoding="utf-8")
    for pattern in (*UNUSED, LARGER_FONTS):
        for path in site.glob(pattern):
            if path.is_file():
                path.unlink()
    scripts = "".join(re.findall(r"<script[^>]*src=[^>]*>", _pages(site)))
    if "html-manager" not in scripts:  # a megabyte and a half, for widgets only
        for path in (site / "_static" / "vendor" / "html-manager").glob("*"):
            path.unlink()
    for folder in sorted((site / "_static").rglob("*"), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _pages(site: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.html") if "_static" not in path.parts)


def _config(app, config):
    config.ogp_image = config.html_baseurl + CARD
    config.ogp_image_alt = QUESTION.replace("\n", " ")


def _finished(app, exception):
    if exception is not None or app.builder.name != "html":
        return
    site, base = Path(app.outdir), app.config.html_baseurl
    draw(site / CARD, app.config.html_title or app.config.project, QUESTION)
    (site / "sitemap.xml").write_text(sitemap(base, app.env.found_docs), encoding="utf-8")
    (site / "robots.txt").write_text(f"User-agent: *\nAllow: /\nSitemap: {base}sitemap.xml\n", encoding="utf-8")
    first = f"{app.config.root_doc}.html"
    door = front_door(first, (site / first).read_text(encoding="utf-8"), base)
    (site / "index.html").write_text(door, encoding="utf-8")
    (site / "404.html").write_text(LOST.format(base=base, title=escape(app.config.html_title)), encoding="utf-8")
    (site / ".nojekyll").touch()
    without_unused(site)


def setup(app):
    app.connect("config-inited", _config)
    app.connect("build-finished", _finished)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
