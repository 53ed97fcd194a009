"""Bind the built book as an ePub: one XHTML file a page, formulas as MathML, pictures as files, no script."""

import argparse
import base64
import hashlib
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from xml.etree import ElementTree

from pages import ADDRESS, AUTHOR, QUESTION, ROOT, SITE, TARGET, TITLE, Page, link, printer, read, styles, version

EPUB = TARGET / "pruneuq.epub"
XHTML, MATHML, SVG = "http://www.w3.org/1999/xhtml", "http://www.w3.org/1998/Math/MathML", "http://www.w3.org/2000/svg"
EPUB_NS = "http://www.idpf.org/2007/ops"
KINDS = {".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif"}
KINDS |= {".woff2": "font/woff2", ".txt": "text/plain"}
OLD_LAYOUT = ("align", "border", "halign", "valign")
# Formulas become MathML by MathJax itself; what comes back is XML, whatever HTML went in.
TO_XML = """async html => {
    document.body.innerHTML = html
    for (const node of document.querySelectorAll('.math')) {
        const found = node.textContent.match(/\\\\([(\\[])([\\s\\S]*)\\\\[)\\]]/)
        const made = await MathJax.tex2mmlPromise(found[2].trim(), {display: found[1] === '['})
        const math = new DOMParser().parseFromString(made, 'text/xml').documentElement
        for (const part of [math, ...math.querySelectorAll('*')])
            for (const name of part.getAttributeNames()) if (name.startsWith('data-')) part.removeAttribute(name)
        math.setAttribute('alttext', found[2].trim())
        const number = node.querySelector('.eqno')
        node.replaceChildren(...(number ? [number] : []), document.importNode(math, true))
    }
    return new XMLSerializer().serializeToString(document.body)
}"""


def file_name(name: str) -> str:
    """The file of a page."""
    return name.replace("/", "-") + ".xhtml"


def picture(source: str, page: Page, folder: Path) -> str:
    """Put a picture of a page among the files of the book; give its place."""
    if source.startswith("data:"):
        kind, _, data = source.removeprefix("data:").partition(";base64,")
        content, suffix = base64.b64decode(data), "." + kind.partition("/")[2].partition("+")[0]
    else:
        path = (SITE / page.name).parent / source
        content, suffix = path.read_bytes(), path.suffix
    place = f"images/{hashlib.sha256(content).hexdigest()[:16]}{suffix}"
    (folder / place).parent.mkdir(exist_ok=True)
    (folder / place).write_bytes(content)
    return place


def clean(body: ElementTree.Element, page: Page, folder: Path) -> None:
    """Pictures to their place; attributes that XHTML does not know away."""
    for tag in body.iter():
        for name in [name for name in tag.attrib if name.startswith("data-") or name in OLD_LAYOUT]:
            del tag.attrib[name]
        if tag.tag == f"{{{XHTML}}}img":
            tag.set("src", picture(tag.get("src"), page, folder))
            tag.attrib.pop("width", None)


def document(title: str, body: ElementTree.Element) -> str:
    """A whole XHTML document around a body."""
    root = ElementTree.Element(f"{{{XHTML}}}html", {"lang": "en"})
    head = ElementTree.SubElement(root, f"{{{XHTML}}}head")
    ElementTree.SubElement(head, f"{{{XHTML}}}title").text = title
    style = {"rel": "stylesheet", "type": "text/css", "href": "style.css"}
    ElementTree.SubElement(head, f"{{{XHTML}}}link", style)
    root.append(body)
    return ElementTree.tostring(root, encoding="unicode")


def bound(pages: list[Page], folder: Path) -> list[tuple[str, str, str]]:
    """Write every page; give file, title and properties of each."""
    for prefix, space in (("", XHTML), ("m", MATHML), ("svg", SVG), ("epub", EPUB_NS)):
        ElementTree.register_namespace(prefix, space)
    link(pages, lambda name, fragment: file_name(name) + (f"#{fragment}" if fragment else ""))
    made = []
    with printer() as browser:
        browser.goto("about:blank")
        browser.add_script_tag(content="window.MathJax = {startup: {typeset: false}, options: {enableMenu: false}}")
        browser.add_script_tag(path=SITE / "_static" / "vendor" / "mathjax" / "tex-chtml.js")
        browser.evaluate("MathJax.startup.promise")
        for page in pages:
            body = ElementTree.fromstring(browser.evaluate(TO_XML, str(page.article)))
            clean(body, page, folder)
            text = document(page.title, body)
            path = folder / file_name(page.name)
            path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n{text}', encoding="utf-8")
            uses = [word for word, space in (("mathml", MATHML), ("svg", SVG)) if f'"{space}"' in text]
            made.append((file_name(page.name), page.title, " ".join(uses)))
    return made


def changed() -> str:
    """When the book was last changed: the date of the commit, or now outside a checkout."""
    words = ["git", "log", "-1", "--format=%ct"]
    done = subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True)
    when = datetime.fromtimestamp(int(done.stdout), UTC) if done.stdout.strip().isdigit() else datetime.now(UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def contents(files: list[tuple[str, str, str]]) -> str:
    """The table of contents."""
    items = "".join(f'<li><a href="{name}">{escape(title)}</a></li>' for name, title, _ in files)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<html xmlns="{XHTML}" xmlns:epub="{EPUB_NS}" lang="en"><head>'
        f'<title>Contents</title><link rel="stylesheet" type="text/css" href="style.css"/></head><body>'
        f'<nav epub:type="toc" id="toc"><h1>Contents</h1><ol>{items}</ol></nav></body></html>'
    )


def package(files: list[tuple[str, str, str]], along: list[str]) -> str:
    """What the ePub consists of, and in which order it is read."""
    items = ['<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>']
    items.append('<item id="style" href="style.css" media-type="text/css"/>')
    for i, (name, _, uses) in enumerate(files):
        properties = f' properties="{uses}"' if uses else ""
        items.append(f'<item id="page{i}" href="{name}" media-type="application/xhtml+xml"{properties}/>')
    for i, name in enumerate(along):
        items.append(f'<item id="file{i}" href="{name}" media-type="{KINDS[Path(name).suffix]}"/>')
    spine = "".join(f'<itemref idref="page{i}"/>' for i in range(len(files)))
    access = "".join(
        f'<meta property="schema:{name}">{value}</meta>'
        for name, value in (
            ("accessMode", "textual"), ("accessMode", "visual"), ("accessModeSufficient", "textual"),
            ("accessibilityFeature", "alternativeText"), ("accessibilityFeature", "MathML"),
            ("accessibilityFeature", "tableOfContents"), ("accessibilityHazard", "none"),
            ("accessibilitySummary", "Every figure has a text that gives its trend in numbers; formulas are MathML."),
        )
    )  # fmt: skip
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<package xmlns="http://www.idpf.org/2007/opf" version="3.0" '
        'unique-identifier="id" xml:lang="en"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="id">{ADDRESS}#{version()}</dc:identifier><dc:title>{escape(TITLE)}</dc:title>'
        f"<dc:creator>{escape(AUTHOR)}</dc:creator><dc:language>en</dc:language>"
        f"<dc:description>{QUESTION}</dc:description>"
        f'<meta property="dcterms:modified">{changed()}</meta>{access}</metadata>'
        f"<manifest>{''.join(items)}</manifest><spine>{spine}</spine></package>"
    )


def zipped(folder: Path, target: Path) -> None:
    """The files as one; its kind stands first and is not compressed, as readers expect."""
    container = (
        '<?xml version="1.0"?>\n<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        '<rootfiles><rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles>'
        "</container>"
    )
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("META-INF/container.xml", container)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, f"book/{path.relative_to(folder).as_posix()}")


def main() -> None:
    """Write the ePub and say where it is."""
    folder = TARGET / "epub"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = bound(read(), folder)
    shutil.copytree(SITE / "_static" / "fonts", folder / "fonts")  # with their licences
    along = [
        path.relative_to(folder).as_posix() for path in sorted([*folder.glob("images/*"), *folder.glob("fonts/*")])
    ]
    (folder / "style.css").write_text(styles("fonts"), encoding="utf-8")
    (folder / "nav.xhtml").write_text(contents(files), encoding="utf-8")
    (folder / "package.opf").write_text(package(files, along), encoding="utf-8")
    zipped(folder, EPUB)
    shutil.rmtree(folder)
    print(f"The ePub is at {EPUB}")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
