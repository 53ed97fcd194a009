"""The report: a page that stands alone and can be read by ear, written whole or not at all."""

import json
import re
from base64 import b64decode
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO

import pandas as pd
import pytest
import torch
from foreign import Concatenated, stripes_data
from PIL import Image

from pruneuq_helpers import audit, training
from pruneuq_helpers.audit import charts, report
from pruneuq_helpers.audit.gallery import gallery
from pruneuq_helpers.audit.page import Table
from pruneuq_helpers.audit.rules import shown
from pruneuq_helpers.audit.verdicts import judge, overall
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.text import number

CLASSES = ("<b>rows</b>", "costs $1 & $_2", "http://checks")


@pytest.fixture(scope="module")
def found():
    """An audit with two criteria, a control, and classes named by somebody malicious."""
    torch.manual_seed(0)
    data, model = stripes_data(), Concatenated()
    training.train(model, data, epochs=6, learning_rate=0.02)
    return audit.examine(
        model, replace(data, classes=CLASSES), ood=data.train.images, levels=[0.3, 0.6],
        criteria=["l1", "random"], fine_tune=1, repeats=3, resamples=100,
    )  # fmt: skip


class Page(HTMLParser):
    """Collects what the tests ask about."""

    def __init__(self, text: str):
        super().__init__()
        self.tags, self.open, self.text = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br", "source"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def page(found, tmp_path_factory):
    return Page(audit.write_report(found, tmp_path_factory.mktemp("page") / "r").read_text(encoding="utf-8"))


def test_page_needs_nothing_from_elsewhere(page):
    assert page.open == []
    assert {"script", "link", "iframe"}.isdisjoint(tag for tag, _ in page.tags)
    assert all(attrs["src"].startswith("data:image/png;base64,") for attrs in page.all("img"))
    assert all(attrs["href"].startswith("#") for attrs in page.all("a"))
    policy = next(
        attrs["content"] for attrs in page.all("meta") if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'")


def test_page_can_be_read_by_ear(page):
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("img")) >= 3
    assert all(len(attrs["alt"]) > 40 for attrs in page.all("img"))
    assert len(page.all("caption")) == len(page.all("table")) > 5
    assert {attrs.get("scope") for attrs in page.all("th")} == {"col", "row"}
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3")]
    assert levels[0] == 1
    assert set(levels[1:]) == {2}


def test_names_are_text_and_nothing_else(page):
    assert page.all("b") == []
    assert "<b>rows</b>" in page.text


def test_verdicts_stand_in_words_not_in_colour_alone(page, found):
    shown = [text for text in page.text if text in ("safe", "undecided", "not safe")]
    repaired = len(found.repairs.groupby(["network", "repair"]))  # each with its verdict before and after
    assert len(shown) == len(found.overall) + len(found.verdicts) + 2 * repaired


def test_tables_are_the_csv_files(found, tmp_path):
    folder = audit.write_report(found, tmp_path / "r").parent
    for name in ("networks", "measures", "classes", "changed", "verdicts", "control"):
        read = pd.read_csv(folder / f"{name}.csv", keep_default_na=True)
        pd.testing.assert_frame_equal(read, getattr(found, name), check_dtype=False, check_exact=False)


def test_earlier_report_is_replaced_whole(found, tmp_path):
    page = audit.write_report(found, tmp_path / "r")
    page.write_text("old")
    (page.parent / "classes.csv").write_text("old")
    audit.write_report(found, tmp_path / "r")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert (page.parent / "classes.csv").read_text() != "old"
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_a_file_of_somebody_else_in_an_earlier_report_is_not_lost(found, tmp_path):
    page = audit.write_report(found, tmp_path / "r")
    (page.parent / "my notes.txt").write_text("mine")
    with pytest.raises(ParameterError, match="an earlier report that also holds 'my notes.txt'"):
        audit.write_report(found, tmp_path / "r")
    assert (page.parent / "my notes.txt").read_text() == "mine"


def test_failure_halfway_leaves_the_earlier_report(found, tmp_path, monkeypatch):
    page = audit.write_report(found, tmp_path / "r")
    page.write_text("old")

    def fails(audited, facts):
        raise MemoryError

    monkeypatch.setattr(report, "sections", fails)
    with pytest.raises(MemoryError):
        audit.write_report(found, tmp_path / "r")
    assert page.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_file_in_the_way_is_refused(found, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ParameterError, match="which is no folder"):
        audit.write_report(found, tmp_path / "file")


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(-0.01, 0.009, "safe"), (-0.01, 0.01, "undecided"), (0.01, 0.02, "not safe"), (0.0, 0.5, "undecided")],
)
def test_verdict_follows_from_the_interval(low, high, verdict):
    assert audit.verdict_of(low, high, 0.01) == verdict


def test_each_measure_gets_worse_in_its_own_direction():
    row = {"network": "n", "criterion": "l1", "level": 0.5, "change": 0.1, "low": 0.05, "high": 0.2}
    measures = pd.DataFrame(
        [row | {"measure": name} for name in ("accuracy", "auroc", "class_recall", "ece", "changed")]
    )
    found = judge(measures, dict.fromkeys(measures["measure"], 0.03)).set_index("rule")
    assert found["verdict"].to_dict() == {
        "accuracy": "safe", "auroc": "safe", "class_recall": "safe", "ece": "not safe", "changed": "not safe",
    }  # fmt: skip
    assert found.loc["accuracy", ["worse", "low", "high"]].tolist() == [-0.1, -0.2, -0.05]
    assert overall(found.reset_index())["verdict"].tolist() == ["not safe"]


def test_undecided_says_how_many_images_might_decide():
    measures = pd.DataFrame([{"network": "n", "criterion": "l1", "level": 0.5, "measure": "ece", "change": 0.01,
                              "low": -0.03, "high": 0.05}])  # fmt: skip
    # Half a width of 0.04 must shrink to the 0.02 that lie between the change and the margin: four times the images.
    assert judge(measures, {"ece": 0.03})["times_more"].item() == pytest.approx(4)


def test_changed_images_are_shown_with_both_answers(found):
    network = found.changed["network"].value_counts().idxmax()
    first = found.changed[found.changed["network"] == network].iloc[0]
    image = gallery(found, network)[0]
    assert image.alt.startswith(
        f"image {first['image']}, a {first['label']}: {first['dense']} becomes {first['pruned']}"
    )
    assert (image.label, image.dense, image.pruned) == (first["label"], first["dense"], first["pruned"])
    assert Image.open(BytesIO(b64decode(image.uri.partition(",")[2]))).size == (8, 8)


def test_a_heading_stands_where_the_cells_below_it_stand_and_an_interval_below_its_value():
    rows = [["L1 at 0.5", "ECE", "−0.0110 (−0.0200 to +0.0010)", "not safe", "because"]]
    table = Table("Rules", ["network", "rule", "change", "verdict", "why"], rows, text=(1,), long=(4,))
    assert [kind for kind, _ in table.heads] == ["text", "text", "", "text", "text"]
    assert [cell[0] for cell in table.cells[0][1:]] == ["text", "", "text not-safe", "long"]
    assert table.cells[0][2][1:] == ("−0.0110", "(−0.0200 to +0.0010)")


def test_a_reader_meets_one_minus_one_percent_sign_and_names_with_capitals(page):
    said = " ".join(page.text).partition("@media print")[2]  # what stands below the style
    assert not re.search(r"(?<![\w.])-\d", said)
    assert not re.search(r"\d%|\d %", said)
    assert "L1 at 0.3" in said
    assert "l1 at" not in said


def test_five_panels_leave_no_hole_and_levels_are_those_that_were_run(found):
    figure, alt = charts.curves(found, ["accuracy", "ece", "nll", "ause", "auroc"])
    assert [text.get_text() for text in figure.axes[5].get_legend().get_texts()] == ["L1", "random"]
    assert figure.legends == []
    assert "ECE for L1" in alt
    assert list(charts.times(found)[0].axes[0].get_xticks()) == [0.3, 0.6]


def test_the_chosen_network_is_the_smallest_at_the_end_of_a_safe_sequence(found):
    every = replace(found, verdicts=found.verdicts.assign(verdict="safe"))
    assert every.sequences["level"].tolist() == [0.6, 0.6]
    sizes = found.networks.set_index("network")["parameters"]
    assert sizes[every.chosen] == sizes[["l1 at 0.6", "random at 0.6"]].min()
    assert charts.featured(every) == every.chosen
    assert audit.words(every)[0].startswith(f"Safe by these rules: {shown(every.chosen)}, with ")
    broken = found.verdicts.assign(verdict="safe")
    broken.loc[broken["level"] == 0.3, "verdict"] = "undecided"  # what comes after it does not count
    some = replace(found, verdicts=broken)
    assert some.chosen is None
    assert audit.words(some)[0].startswith("No level can be called safe")


def test_a_control_that_breaks_is_said_first(found):
    broken = replace(found, control=found.control.assign(verdict="not safe", worse=0.5))
    assert audit.words(broken)[1].startswith("The control breaks: the dense network trained on, without pruning, is")
    whole = replace(found, control=found.control.assign(verdict="safe"))
    assert not any("control breaks" in sentence for sentence in audit.words(whole))


def test_repairs_say_what_they_mend(found):
    assert set(found.repairs["repair"]) <= {"statistics", "temperature", "statistics and temperature"}
    row = found.verdicts.iloc[0].to_dict() | {"repair": "temperature", "temperature": 2.0, "verdict": "safe"}
    mended = replace(found, repairs=pd.DataFrame([row]))
    (said,) = (sentence for sentence in audit.words(mended) if "after a repair" in sentence)
    assert said.startswith(f"Safe after a repair without training: {shown(row['network'])} (temperature). ")
    assert "further tries on the same images" in said
    none = replace(found, repairs=pd.DataFrame([row | {"verdict": "not safe"}]))
    assert "None of the repairs without training makes a network safe that is not." in audit.words(none)


def test_json_and_markdown_hold_every_verdict(found, tmp_path):
    folder = audit.write_report(found, tmp_path / "r").parent
    record = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    assert [row["verdict"] for row in record["verdicts"]] == found.verdicts["verdict"].tolist()
    assert record["chosen"] == found.chosen
    assert len(record["control"]) == len(found.control) == len(found.settings.rules)
    summary = (folder / "summary.md").read_text(encoding="utf-8")
    assert all(f"| {row.network} | {row.verdict} |" in summary for row in found.overall.itertuples())


def test_detection_without_a_rule_is_said_of_the_safe_networks(found):
    every = replace(found, verdicts=found.verdicts.assign(verdict="safe"))
    rows = found.measures.query("measure == 'auroc' and criterion != 'none'")
    low, high, lost = rows["change"].min(), rows["change"].max(), (rows["high"] < 0).sum()
    span = f"{number(low, 3, signed=True)} to {number(high, 3, signed=True)}"
    assert (
        f"No rule was set for the AUROC of detection: over the 4 safe networks it changes by {span}, and for {lost} "
        "the whole interval lies below 0."
    ) in audit.words(every)
    ruled = replace(every, settings=replace(found.settings, rules={"auroc": 0.1}))
    unsafe = replace(found, verdicts=found.verdicts.assign(verdict="not safe"))
    for other in (ruled, unsafe):
        assert not any("AUROC of detection: over" in sentence for sentence in audit.words(other))


def test_speed_axis_has_more_than_one_number(found):
    axis = charts.times(found)[0].axes[0].yaxis
    low, high = axis.get_view_interval()
    assert sum(low <= tick <= high for tick in axis.get_majorticklocs()) >= 2


def test_words_name_the_outcome_and_the_control(found):
    said = audit.words(found)
    assert said[0].startswith(("Safe by these rules: ", "No level can be called safe"))
    assert [one.split(",")[0] for one in said if one.startswith("By ")] == ["By L1", "By random"]
    assert "training the dense network on, without pruning, changed" in said[-1]
