"""What a published site needs: launch buttons, a card, a sitemap, a page for lost readers; and the workflow."""

import ast
import re
import struct
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup

from pruneuq_helpers.chapters import CHAPTERS

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from check_site import toc_pages  # noqa: E402

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
ADDRESS, REPOSITORY = CONFIG["html"]["baseurl"], CONFIG["repository"]["url"]
NAMES = [chapter.name for chapter in CHAPTERS]
# What a notebook may import, by the name of the package that brings it.
BRINGS = {"sklearn": "scikit-learn", "torch_pruning": "torch-pruning", "myst_nb": "myst-nb", "IPython": "ipykernel"}


def page(site, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


@pytest.mark.parametrize("name", NAMES)
def test_launch_buttons_lead_to_the_notebook(site, name):
    links = {a["href"] for a in page(site, f"notebooks/{name}").select("a.dropdown-item, .header-article a")}
    owner = urlsplit(REPOSITORY).path
    assert f"https://colab.research.google.com/github{owner}/blob/main/notebooks/{name}.ipynb" in links
    assert f"https://mybinder.org/v2/gh{owner}/main?urlpath=lab/tree/notebooks/{name}.ipynb" in links
    (download,) = [link for link in links if link.endswith(f"{name}.ipynb") and not urlsplit(link).netloc]
    held = nbformat.read((site / "notebooks" / download).resolve(), as_version=4)
    assert any("parameters" in cell.metadata.get("tags", []) for cell in held.cells)


def imports(source: str) -> set[str]:
    """The packages that code imports."""
    found = set()
    for node in ast.walk(ast.parse(re.sub(r"(?m)^\s*[%!].*$", "", source))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names)


@pytest.mark.parametrize("name", NAMES)
def test_notebook_opened_alone_fetches_all_that_it_imports(name):
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert imports(code[0]) == set()
    fetch = code[1].index(f'"pruneuq[book] @ git+{REPOSITORY}"')
    assert fetch < code[1].index("from pruneuq_helpers")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = project["dependencies"] + project["optional-dependencies"]["book"]
    known = {re.match(r"[\w-]+", one)[0] for one in declared} | {"pruneuq_helpers"}
    used = set().union(*map(imports, code))
    assert {BRINGS.get(module, module) for module in used} <= known


def test_binder_installs_what_the_notebooks_need_with_the_versions_of_the_book():
    binder = ROOT / "binder"
    pins = (binder / "requirements.txt").read_text(encoding="utf-8").splitlines()[1:]
    assert {"ipykernel", "torch"} <= {pin.partition("==")[0] for pin in pins}
    assert set(pins) <= set((ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines())
    assert "--editable ." in (binder / "postBuild").read_text(encoding="utf-8")
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    assert (binder / "runtime.txt").read_text(encoding="utf-8").strip() == f"python-{wanted.removeprefix('>=')}"


@pytest.mark.parametrize("name", ["index", "book/intro", f"notebooks/{NAMES[0]}"])
def test_shared_link_shows_a_card(site, name):
    said = {tag["property"]: tag["content"] for tag in page(site, name).find_all("meta", property=True)}
    assert said["og:image"] == f"{ADDRESS}_static/card.png"
    assert said["og:image:alt"].startswith("What happens to a neural network's uncertainty")
    assert said["og:url"] == f"{ADDRESS}{name.replace('index', 'book/intro')}.html"
    assert said["og:title"]
    card = (site / "_static" / "card.png").read_bytes()
    assert struct.unpack(">II", card[16:24]) == (1200, 630)
    assert len(card) < 150_000


def test_the_site_s_own_address_leads_to_the_first_page(site):
    door = page(site, "index")
    assert door.find("link", rel="canonical")["href"] == f"{ADDRESS}book/intro.html"
    assert door.find("meta", attrs={"http-equiv": "refresh"})["content"] == "0; url=book/intro.html"
    assert door.a["href"] == "book/intro.html"


def test_every_page_says_in_whole_sentences_what_it_holds(site):
    names = toc_pages(ROOT)
    said = {name: page(site, name).find("meta", attrs={"name": "description"})["content"] for name in names}
    assert [name for name, words in said.items() if not 30 < len(words) < 320 or words[-1] not in ".?!"] == []
    assert len(set(said.values())) == len(names)
    for chapter in CHAPTERS:
        assert "?" in said[f"notebooks/{chapter.name}"], "a chapter begins with its question"
    titles = [page(site, name).title.get_text() for name in names]
    assert len(set(titles)) == len(names)


@pytest.mark.parametrize("name", NAMES)
def test_a_chapter_ends_with_the_ways_onward(site, name):
    links = page(site, f"notebooks/{name}").select(".pruneuq-onward a")
    targets = [(site / "notebooks" / link["href"]).resolve() for link in links]
    assert all(target.exists() for target in targets)
    assert {"answer", "teaching"} <= {target.stem for target in targets}
    assert (site / "slides" / f"{name}.html").resolve() in targets


def test_every_file_that_a_style_names_is_there(site):
    named = [
        (style, place.partition("?")[0].partition("#")[0])
        for style in site.rglob("*.css")
        for place in re.findall(r"url\(\s*[\"']?([^\"')\s]+)", style.read_text(encoding="utf-8"))
        if not place.startswith(("data:", "#"))
    ]
    assert any(place.endswith(".woff2") for _, place in named)
    assert [(style.name, place) for style, place in named if not (style.parent / place).exists()] == []


def test_sitemap_names_every_page(site):
    tree = ElementTree.fromstring((site / "sitemap.xml").read_bytes())
    named = {node.text for node in tree.iter() if node.tag.endswith("loc")}
    assert all((site / address.removeprefix(ADDRESS)).exists() for address in named)
    assert {f"{ADDRESS}notebooks/{name}.html" for name in NAMES} | {f"{ADDRESS}book/intro.html"} <= named
    assert f"Sitemap: {ADDRESS}sitemap.xml" in (site / "robots.txt").read_text(encoding="utf-8")


def test_lost_readers_find_back_from_any_depth(site):
    links = [a["href"] for a in page(site, "404").find_all("a")]
    assert links
    for link in links:  # the page answers for every address, so nothing in it may be relative
        assert link.startswith(ADDRESS)
        assert (site / link.removeprefix(ADDRESS)).exists()


def test_site_carries_nothing_that_no_page_asks_for(site):
    assert not list(site.rglob("*.map"))
    assert not (site / "_static" / "locales").exists()
    pages = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.html"))
    assert (site / "_static" / "vendor" / "html-manager").exists() == bool(re.search("src=.[^\"']*html-manager", pages))


def test_no_page_asks_who_reads_it(site):
    spies = re.compile(
        r"google-analytics|googletagmanager|gtag\(|plausible\.io|matomo|sendBeacon|hotjar", re.IGNORECASE
    )
    for path in site.rglob("*.html"):
        assert not spies.search(path.read_text(encoding="utf-8")), path.name


def test_downloads_page_names_the_files_that_are_published(site):
    links = {a["href"] for a in page(site, "book/downloads").article.find_all("a", href=True)}
    for name in ("pruneuq-offline.zip", "pruneuq.pdf", "pruneuq.epub"):
        assert f"{ADDRESS}downloads/{name}" in links


def test_workflow_builds_publishes_and_releases_with_targets_that_exist():
    flow = yaml.safe_load((ROOT / ".github" / "workflows" / "publish.yml").read_text(encoding="utf-8"))
    jobs, makefile = flow["jobs"], (ROOT / "Makefile").read_text(encoding="utf-8")
    runs = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    targets = [word for run in runs for words in re.findall(r"\bmake ((?:\w+ ?)+)", run) for word in words.split()]
    assert targets == ["book", "offline", "pdf", "epub"]
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
    assert any("_build/html/downloads" in run for run in runs)
    uses = [step["uses"].partition("@")[0] for step in jobs["build"]["steps"] if "uses" in step]
    assert "actions/upload-pages-artifact" in uses
    assert jobs["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert jobs["release"]["permissions"] == {"contents": "write"}
    assert any("gh release create" in step.get("run", "") for step in jobs["release"]["steps"])
