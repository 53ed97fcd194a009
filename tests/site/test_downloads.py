"""The book to take along: the zip works where there is no network; PDF and ePub are whole and can be listened to.

The PDF and the ePub are made here of two pages of the built book, by the tools that make them of all.
"""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from visits import DESKTOP, formulas_left, visit

ROOT = Path(__file__).resolve().parents[2]
FEW = ["book/intro", "notebooks/02_structured_pruning"]
XHTML, MATHML = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/1998/Math/MathML}"
OPF = "{http://www.idpf.org/2007/opf}"
RUN = """
import sys, pathlib; sys.path.insert(0, "tools")
import pages
pages.TARGET = pathlib.Path(sys.argv[1])
pages.toc_pages = lambda root: {few}
import {tool}
{tool}.main()
"""


def made(tool: str, folder: Path, suffix: str) -> Path:
    """What a tool writes, of two pages."""
    code = RUN.format(tool=tool, few=FEW)
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (file,) = folder.iterdir()  # nothing else is left behind
    assert done.stdout.strip().endswith(str(file))
    assert file.suffix == suffix
    return file


@pytest.fixture(scope="module")
def articles(site):
    """The two pages as they stand in the site."""
    return [BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser").article for name in FEW]


def texts(articles) -> list[str]:
    """The text of every picture of the two pages, once: a page has it a second time for a phone."""
    return [image["alt"] for article in articles for image in article.select("img:not(.only-phone)")]


@pytest.fixture(scope="module")
def pdf(site, tmp_path_factory):
    """The PDF of two pages."""
    return PdfReader(made("pdf", tmp_path_factory.mktemp("pdf"), ".pdf"))


def elements(node):
    """All elements of the PDF's structure."""
    todo = [node]
    while todo:
        node = todo.pop().get_object()
        if isinstance(node, list):
            todo += node
        elif isinstance(node, dict):
            if "/S" in node:
                yield node
            todo += [node["/K"]] if "/K" in node and not isinstance(node["/K"], int) else []


def pdf_elements(pdf):
    return list(elements(pdf.trailer["/Root"]["/StructTreeRoot"]))


def test_pdf_is_tagged_and_says_its_language_and_title(pdf):
    root = pdf.trailer["/Root"]
    assert bool(root["/MarkInfo"]["/Marked"])
    assert root["/Lang"] == "en"
    assert pdf.metadata.title == "Pruning and uncertainty"
    kinds = {element["/S"] for element in pdf_elements(pdf)}
    assert kinds >= {"/H1", "/H2", "/P", "/L", "/LI", "/Table", "/TH", "/TD", "/Figure", "/Link", "/Code"}


def test_pdf_has_an_outline_of_pages_and_sections(pdf, articles):
    titles = [entry.title for entry in pdf.outline if not isinstance(entry, list)]
    assert titles[:2] == ["Pruning and uncertainty", "Contents"]
    assert "2. Structured pruning made visible" in titles
    below = [
        entry.title for part in pdf.outline if isinstance(part, list) for entry in part if not isinstance(entry, list)
    ]
    sections = [h2.get_text().rstrip("#") for article in articles for h2 in article.find_all("h2")]
    assert [title.replace(" ", "") for title in below] == [section.replace(" ", "") for section in sections]


def test_printed_books_draw_verdicts_and_panels_and_leave_reference_to_the_site(site):
    code = (
        "import json, sys; sys.path.insert(0, 'tools'); import pages; read = pages.read()\n"
        "folded = [page.name for page in read if page.article.select('.pruneuq-forest details')]\n"
        "print(json.dumps([[page.name for page in read], folded, pages.styles('fonts')]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    names, folded, styles = json.loads(done.stdout)
    assert "book/answer" in names
    assert not {"book/api", "book/api_networks", "book/api_studies", "book/parameters"} & set(names)
    assert folded == []
    for drawn in (".forest-line svg .band", ".pruneuq-panels svg .grid", "--pst-color-border: #"):
        assert drawn in styles


def test_pdf_keeps_the_text_of_every_picture_and_formula(pdf, articles):
    spoken = [str(element.get("/Alt", "")).strip() for element in pdf_elements(pdf) if element["/S"] == "/Figure"]
    assert all(spoken)
    assert set(texts(articles)) <= set(spoken)
    formulas = articles[1].select(".math")
    assert formulas
    assert len(spoken) >= len(texts(articles)) + len(formulas)


def test_pdf_holds_no_control_and_no_place_of_this_machine(pdf):
    words = "".join(page.extract_text() for page in pdf.pages)
    assert "Pause" not in words
    assert "level: 0." in words  # what is left of a slider
    links = [note.get_object().get("/A", {}).get("/URI", "") for page in pdf.pages for note in page.get("/Annots", [])]
    assert {link.partition(":")[0] for link in links if link} <= {"https"}
    assert any(
        "/notebooks/03_lottery_tickets.html" in link for link in links
    )  # what is not in it is in the published book


@pytest.fixture(scope="module")
def epub(site, tmp_path_factory):
    """The ePub of two pages."""
    return zipfile.ZipFile(made("epub", tmp_path_factory.mktemp("epub"), ".epub"))


def pages_of(epub) -> dict:
    """Every page as XML: whatever is not well-formed fails here."""
    return {name: ElementTree.fromstring(epub.read(name)) for name in epub.namelist() if name.endswith(".xhtml")}


def test_epub_begins_with_its_kind(epub):
    first = epub.infolist()[0]
    assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
    assert epub.read("mimetype") == b"application/epub+zip"
    container = ElementTree.fromstring(epub.read("META-INF/container.xml"))
    assert [node.get("full-path") for node in container.iter() if node.get("full-path")] == ["book/package.opf"]


def test_epub_lists_exactly_what_it_holds(epub):
    package = ElementTree.fromstring(epub.read("book/package.opf"))
    items = {item.get("id"): item for item in package.iter(f"{OPF}item")}
    listed = sorted(f"book/{item.get('href')}" for item in items.values())
    own = {"mimetype", "META-INF/container.xml", "book/package.opf"}
    assert listed == sorted(set(epub.namelist()) - own)
    spine = [items[node.get("idref")].get("href") for node in package.iter(f"{OPF}itemref")]
    assert spine == ["book-intro.xhtml", "notebooks-02_structured_pruning.xhtml"]
    assert [item.get("href") for item in items.values() if item.get("properties") == "nav"] == ["nav.xhtml"]
    assert "mathml" in next(i.get("properties") for i in items.values() if i.get("href") == spine[1])
    told = {node.get("property", node.tag.rpartition("}")[2]) for node in package[0]}
    assert told >= {"identifier", "title", "language", "dcterms:modified", "schema:accessibilitySummary"}


def test_epub_pages_are_xhtml_without_scripts_whose_links_lead_somewhere(epub):
    pages = pages_of(epub)
    ids = {name: [node.get("id") for node in root.iter() if node.get("id")] for name, root in pages.items()}
    for name, root in pages.items():
        assert len(ids[name]) == len(set(ids[name])), name
        tags = {node.tag.removeprefix(XHTML) for node in root.iter()}
        assert tags.isdisjoint({"script", "button", "input", "iframe", "form"})
        for node in root.iter():
            assert not any(key.startswith(("on", "data-")) for key in node.attrib)
        for node in root.iter(f"{XHTML}a"):
            href = node.get("href")
            if href is None or href.startswith(("https:", "mailto:")):
                continue
            path, _, fragment = href.partition("#")
            target = f"book/{path}" if path else name
            assert target in pages, href
            assert not fragment or unquote(fragment) in ids[target], href


def test_epub_pictures_are_files_with_their_text_and_formulas_are_mathml(epub, articles):
    pages = pages_of(epub)
    images = [node for root in pages.values() for node in root.iter(f"{XHTML}img")]
    assert [image.get("alt") for image in images] == texts(articles)
    assert all(f"book/{image.get('src')}" in epub.namelist() for image in images)
    maths = [node for root in pages.values() for node in root.iter(f"{MATHML}math")]
    assert len(maths) == sum(len(article.select(".math")) for article in articles)
    assert all(node.get("alttext") for node in maths)
    assert not re.search(r"\\\(|\\\[", "".join("".join(root.itertext()) for root in pages.values()))


@pytest.fixture(scope="module")
def unpacked(site, tmp_path_factory):
    """The zip of the whole book, unpacked in a folder whose name has spaces."""
    folder = tmp_path_factory.mktemp("zip")
    code = RUN.format(tool="offline", few=FEW)
    subprocess.run([sys.executable, "-c", code, str(folder)], cwd=ROOT, check=True, capture_output=True)
    (archive,) = folder.iterdir()
    place = tmp_path_factory.mktemp("a stick") / "my books, 2nd shelf"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(place)
    (top,) = place.iterdir()
    return top


def test_zip_holds_the_site_the_notebooks_and_the_package(unpacked, site):
    def files(folder):
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}

    assert files(unpacked / "site") == {name for name in files(site) if not name.startswith("downloads/")}
    notebooks = {path.name for path in (ROOT / "notebooks").glob("[0-9]*")}
    assert {path.name for path in (unpacked / "notebooks").glob("[0-9]*")} == notebooks
    for profile in ("smoke", "real", "full"):
        assert list((unpacked / "notebooks" / "parameters" / profile).glob("*.yaml"))
    (wheel,) = unpacked.glob("*.whl")
    assert wheel.name in (unpacked / "README.txt").read_text(encoding="utf-8")
    package = ROOT / "pruneuq_helpers"
    source = {f"pruneuq_helpers/{name}" for name in files(package) if "__pycache__" not in name}
    with zipfile.ZipFile(wheel) as held:
        packed = {name for name in held.namelist() if name.startswith("pruneuq_helpers/")}
    assert packed == source  # tables and other files of the package, too


def test_zip_reads_without_a_network_from_a_folder_with_spaces(browser, unpacked):
    with visit(browser, unpacked / "start.html", **DESKTOP) as page:
        page.wait_for_url("**/book/intro.html")
        assert page.locator(".pruneuq-panels > div svg").count() == 6
        page.locator("a.reference", has_text="What is gone after pruning").first.click()
        page.wait_for_url("**/02_structured_pruning.html")
        assert formulas_left(page) == []
        assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    with visit(browser, unpacked / "site" / "search.html", "?q=calibration", **DESKTOP) as page:
        page.locator("#search-results a[href*='notebooks/']").first.click()
        page.wait_for_url("**/notebooks/*.html*")


def test_zip_names_nothing_of_this_machine(unpacked):
    for path in unpacked.rglob("*"):
        if path.suffix in (".html", ".ipynb", ".txt", ".json") and path.is_file():
            assert str(ROOT) not in path.read_text(encoding="utf-8"), path.name
