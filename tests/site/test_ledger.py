"""The ledger in a browser: filters by keyboard, everything without scripts, and no claim without a verdict."""

import runpy
from pathlib import Path

from bs4 import BeautifulSoup
from visits import DESKTOP, visit

PAPERS = ("S0", "S1", "S2", "S3", "S4")
ROWS = ".pruneuq-ledger tbody tr"


def rows_of(site: Path):
    page = BeautifulSoup((site / "book" / "ledger.html").read_text(encoding="utf-8"), "html.parser")
    return page.select(ROWS)


def test_filters_by_keyboard(browser, site):
    rows = rows_of(site)
    with visit(browser, site / "book" / "ledger.html", **DESKTOP) as page:
        shown = page.locator(f"{ROWS}:visible")
        assert shown.count() == len(rows)
        paper, verdict, scale = (page.get_by_label(name, exact=True) for name in ("paper", "verdict", "scale"))
        paper.focus()
        page.keyboard.type("S3")
        assert shown.count() == sum(row["data-paper"] == "S3" for row in rows)
        said = page.locator(".pruneuq-ledger output")
        assert said.inner_text() == f"{shown.count()} of {len(rows)} findings"
        paper.select_option("")
        verdict.select_option("fails")
        scale.select_option("quick")
        assert shown.count() == sum("fails" in row["data-quick"].split() for row in rows) > 0
        verdict.select_option("not run")
        scale.select_option("full")
        assert shown.count() == sum(row["data-full"] == "not-run" for row in rows)
        verdict.select_option("differs")
        scale.select_option("")
        assert shown.count() == sum(row.has_attr("data-differs") for row in rows)


def test_without_scripts_everything_is_shown_and_nothing_pretends(browser, site):
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto((site / "book" / "ledger.html").as_uri())
    assert page.locator(f"{ROWS}:visible").count() == len(rows_of(site))
    assert page.locator(".pruneuq-ledger select:visible").count() == 0
    context.close()


def test_every_claim_of_a_paper_was_decided_by_a_run(site):
    claims = [row for row in rows_of(site) if not row.select("td[colspan]")]
    papers = [row for row in claims if row["data-paper"] in PAPERS]  # the book's own may wait for a larger run
    never = [row for row in papers if all(row[f"data-{scale}"] == "not-run" for scale in ("quick", "real", "full"))]
    assert len(claims) >= 40
    assert not never, [row.th.get_text() for row in never]


def test_the_papers_show_the_same_rows(site):
    count = 0
    for paper in PAPERS:
        page = BeautifulSoup((site / "book" / "papers" / f"{paper}.html").read_text(encoding="utf-8"), "html.parser")
        count += len(page.select(ROWS))
    whole = [row for row in rows_of(site) if not row.select("td[colspan]")]
    assert count == sum(row["data-paper"] in PAPERS for row in whole)


def test_the_first_page_counts_as_the_ledger_does(site):
    contents = runpy.run_path(str(Path(__file__).resolve().parents[2] / "tools" / "check_site.py"))["toc_pages"]()
    texts = []
    for name in (contents[0], "book/ledger"):
        page = BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
        texts.append(next(li.get_text() for li in page.select("article li") if li.get_text().startswith("quick: of ")))
    assert texts[0] == texts[1]
