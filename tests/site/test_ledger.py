"""The ledger in a browser: at a glance, the same on every page, readable on a phone and by keyboard."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from visits import DESKTOP, PHONE, visit

from pruneuq_helpers.chapters import register

PAPERS = ("S0", "S1", "S2", "S3", "S4", "answer", "book")
LONGEST = 6000  # pixels that a page of the ledger may be high at 1280


def soup(site: Path, name: str):
    return BeautifulSoup((site / "book" / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def test_every_finding_of_the_ledger_leads_to_its_place(site):
    links = soup(site, "ledger").select(".pruneuq-cards tbody a")
    assert len(links) >= 40
    places = {paper: {node["id"] for node in soup(site, f"papers/{paper}").select("[id]")} for paper in PAPERS}
    for link in links:
        page, _, place = link["href"].partition("#")
        assert place in places[Path(page).stem], link["href"]


def test_every_claim_stands_on_its_papers_page_with_a_verdict_or_a_reason(site):
    pages = ("answer", *{claim.source for claim in register()})
    nodes = {page: {node["id"]: node for node in soup_of(site, page).select("[id^=claim-]")} for page in pages}
    for claim in register():
        page = "answer" if claim.id.startswith("book.answer.") else claim.source
        node = nodes[page].get(f"claim-{claim.id}")
        assert node is not None, claim.id
        reason = node.name == "li" and node.find_parent("ul").find_previous_sibling("p").get_text().strip()
        assert node.select_one(".forest-verdict") or reason, claim.id


_READ: dict[tuple, BeautifulSoup] = {}


def soup_of(site: Path, source: str):
    return _READ.setdefault((site, source), soup(site, f"papers/{source}"))


def test_the_first_page_shows_the_papers_findings_as_the_ledger_does(site):
    front, whole = (
        {link["href"].rpartition("#")[2]: link.find_parent("tr").get_text(" ", strip=True) for link in links}
        for links in (soup(site, name).select(".pruneuq-cards tbody a") for name in ("intro", "ledger"))
    )
    assert front
    assert {place: whole[place] for place in front} == front
    ours = [place for place in front if place.startswith("claim-book.")]
    assert all(place.startswith("claim-book.answer.") for place in ours)


@pytest.mark.parametrize("name", ["ledger", *(f"papers/{paper}" for paper in PAPERS)])
def test_a_page_is_taken_in_at_a_glance(browser, site, name):
    with visit(browser, site / "book" / f"{name}.html", **DESKTOP) as page:
        assert page.evaluate("document.documentElement.scrollHeight") < LONGEST


def test_a_verdict_is_read_on_a_phone_and_its_numbers_open_by_keyboard(browser, site):
    with visit(browser, site / "book" / "papers" / "S0.html", **PHONE) as page:
        box = page.locator(".forest-verdict").first.bounding_box()
        assert box["x"] + box["width"] <= 390
        drawn = page.locator(".forest-line svg").first.bounding_box()
        assert drawn["width"] >= 120
        page.locator(".pruneuq-forest summary").focus()
        page.keyboard.press("Enter")
        assert page.locator(".pruneuq-forest details table").is_visible()
