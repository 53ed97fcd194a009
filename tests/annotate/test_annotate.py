"""The human study: driven without a browser, as a person and a restart would."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

from pruneuq_helpers import annotate, data, figures
from pruneuq_helpers.errors import ParameterError

KEYS = [question.key for question in annotate.QUESTIONS]
NAMES = [("three", "three", "eight"), ("one", "seven", "one"), ("zero", "zero", "six"), ("two", "two", "three")]
ALL_YES = (1,) * 6


def images(count=4, channels=1):
    draw = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, channels, 8, 8), generator=draw, dtype=torch.uint8)


def form(tmp_path, **options):
    return annotate.AnnotationForm(images(), NAMES, tmp_path / "answers.csv", **{"annotator": "ann", **options})


def test_six_questions_in_s4_s_terms():
    assert KEYS == ["label_right", "one_object", "close_labels", "typical", "corrupted", "abstract"]
    assert [question.found_by for question in annotate.QUESTIONS] == [0, 0, 1, 0, 1, 1]


def test_nothing_is_saved_before_every_question_is_answered(tmp_path):
    mine = form(tmp_path)
    assert mine.save.disabled
    for choice in mine.choices[:5]:
        choice.value = 1
    mine.save.click()
    assert not mine.path.exists()
    mine.choices[5].value = 0
    assert not mine.save.disabled
    mine.save.click()
    assert annotate.read_answers(mine.path)[KEYS].to_numpy().tolist() == [[1, 1, 1, 1, 1, 0]]
    assert [choice.value for choice in mine.choices] == [None] * 6


def test_each_answer_is_in_the_file_at_once_and_a_restart_goes_on(tmp_path):
    mine = form(tmp_path)
    order = list(mine.order)
    mine.answer(1, 0, 1, 0, 1, 0)
    mine.answer(*ALL_YES)
    again = form(tmp_path)
    assert again.order == order
    assert again.current == order[2]
    assert again.status.value == "2 of 4 images done; answers are in answers.csv"
    again.answer(*ALL_YES)
    again.answer(*ALL_YES)
    assert again.current is None
    assert again.save.disabled
    assert again.shown.layout.display == "none"
    table = annotate.read_answers(again.path)
    assert table["index"].tolist() == order
    assert table.iloc[0][KEYS].tolist() == [1, 0, 1, 0, 1, 0]
    assert set(table["annotator"]) == {"ann"}
    assert form(tmp_path).current is None
    assert [file.name for file in tmp_path.iterdir() if file.suffix != ".lock"] == ["answers.csv"]


def test_back_asks_again_and_replaces_the_answer(tmp_path):
    mine = form(tmp_path)
    assert mine.back.disabled
    first = mine.current
    mine.answer(*ALL_YES)
    mine.back.click()
    assert mine.current == first
    assert len(annotate.read_answers(mine.path)) == 1
    mine.answer(*(0,) * 6)
    assert annotate.read_answers(mine.path)[KEYS].to_numpy().tolist() == [[0] * 6]


def test_back_from_the_end(tmp_path):
    mine = form(tmp_path, indices=[1])
    mine.answer(*ALL_YES)
    assert mine.current is None
    mine.back.click()
    assert mine.current == 1
    assert mine.shown.layout.display == ""


def test_two_people_share_a_file_in_orders_of_their_own(tmp_path):
    orders = set()
    for person in ("ann", "bob", "", "cleo, esq."):
        mine = form(tmp_path, annotator=person)
        orders.add(tuple(mine.order))
        while mine.current is not None:
            mine.answer(*ALL_YES)
    assert len(orders) > 1
    table = annotate.read_answers(mine.path)
    assert table.groupby("annotator")["index"].nunique().to_dict() == {"ann": 4, "bob": 4, "": 4, "cleo, esq.": 4}


def _answer_all(folder, person):
    mine = form(folder, annotator=person)
    while mine.current is not None:
        mine.answer(*ALL_YES)


def test_people_who_answer_at_the_same_time_lose_nothing(tmp_path):
    with ThreadPoolExecutor(2) as pool:  # the lock is of the file, and keeps out threads and processes alike
        list(pool.map(_answer_all, [tmp_path] * 2, ["ann", "bob"]))
    assert len(annotate.read_answers(tmp_path / "answers.csv")) == 8


def test_the_form_shows_the_image_its_labels_and_the_questions(tmp_path):
    mine = form(tmp_path, indices=[1])
    assert mine.image.value[1:4] == b"PNG"
    assert mine.names.value.startswith("label 1: <b>one</b><br>label 2: ")
    assert {"<b>seven</b>", "<b>one</b>"} == {line.split(": ")[1] for line in mine.names.value.split("<br>")[1:]}
    texts = [box.children[0].value for box in mine.shown.children[1].children]
    assert len(texts) == 6
    assert texts[1] == "2. Is there only one object in the image?"


def test_neither_place_of_the_two_answers_says_which_population_gave_it():
    count = 400
    path = "not-written.csv"
    mine = annotate.AnnotationForm(images(count), [("a", "dense", "pruned")] * count, path)
    swapped = sum(names[1] == "pruned" for names in mine.labels)
    assert stats.binomtest(swapped, count).pvalue > 0.01
    assert all(names[0] == "a" for names in mine.labels)


def test_a_name_is_shown_as_text_whatever_it_says(tmp_path):
    mine = annotate.AnnotationForm(images(1), [("<b>", "&", "x")], tmp_path / "a.csv")
    assert "label 1: <b>&lt;b&gt;</b>" in mine.names.value


@pytest.mark.parametrize("channels", [1, 3])
def test_the_picture_holds_all_questions_and_the_labels(channels):
    mine = annotate.AnnotationForm(images(channels=channels).numpy(), NAMES, "not-written.csv")
    fig = mine.picture()
    written = " ".join(text.get_text() for axes in fig.axes for text in axes.texts).replace("\n", " ")
    assert all(question.text in written for question in annotate.QUESTIONS)
    assert f"label 1: {NAMES[mine.current][0]}" in written
    fig.canvas.draw()
    bottom = fig.axes[1].get_window_extent().y0
    assert all(text.get_window_extent().y0 >= bottom - 1 for text in fig.axes[1].texts)


def test_in_a_page_a_numbered_picture_with_the_questions_in_its_text(tmp_path, monkeypatch):
    shown = {}
    monkeypatch.setattr(figures, "show", lambda fig, **how: shown.update(how))
    form(tmp_path).show()
    assert shown["name"] == "fig-annotation-form"
    assert all(question.text in shown["alt"] for question in annotate.QUESTIONS)


def test_in_a_notebook_the_widget(tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(figures, "is_live", lambda: True)
    monkeypatch.setattr("pruneuq_helpers.annotate.form.display", shown.append)
    mine = form(tmp_path)
    mine.show()
    assert shown == [mine.widget]


def test_a_sample_is_balanced_shuffled_and_its_own_for_a_seed():
    pies = np.arange(0, 100, 10)
    drawn = annotate.sample(pies, 100, seed=1)
    assert len(set(drawn.tolist())) == 20
    assert np.isin(drawn, pies).sum() == 10
    assert not np.isin(drawn[:10], pies).all()
    np.testing.assert_array_equal(drawn, annotate.sample(pies, 100, seed=1))
    assert len(annotate.sample(pies, 100, count=4)) == 8
    assert len(annotate.sample(pies, 91 + 4, count=1000)) == 20


def test_shares_and_intervals_by_hand():
    table = pd.DataFrame({"annotator": "a", "index": range(10), "label_right": [0, 0, 0, 1, 1, 1, 1, 1, 1, 0]})
    found = annotate.aggregate(table, pies=[0, 1, 2, 3]).set_index("set")
    assert found["images"].to_dict() == {"PIE": 4, "non-PIE": 6}
    assert found["found"].to_dict() == {"PIE": 3, "non-PIE": 1}
    assert found["share"].to_dict() == pytest.approx({"PIE": 0.75, "non-PIE": 1 / 6})
    # Clopper and Pearson: quantiles of beta distributions
    assert found.loc["PIE", ["low", "high"]].tolist() == pytest.approx(
        [stats.beta.ppf(0.025, 3, 2), stats.beta.ppf(0.975, 4, 1)]
    )
    # of the 210 ways to place 4 finds: 24 as here, and 1 and 15 that are rarer
    assert found.loc["PIE", "p_value"] == pytest.approx((24 + 1 + 15) / 210)


def test_the_majority_of_those_who_saw_an_image_decides():
    votes = {0: [0, 0, 1], 1: [0, 1], 2: [1, 1, 1]}  # answers to "is the label right?"
    rows = [{"annotator": k, "index": index, "label_right": v} for index, vs in votes.items() for k, v in enumerate(vs)]
    found = annotate.aggregate(pd.DataFrame(rows), pies=[True, True, True])
    assert found["found"].tolist() == [1, 0]
    assert found["images"].tolist() == [3, 0]
    assert np.isnan(found["share"][1])
    assert found.loc[1, ["low", "high"]].tolist() == [0, 1]


def test_planted_truth_goes_all_the_way(tmp_path):
    part, truth = data.plant(data.load("digits").train, 10, wrong=0.1, corrupted=0.1)
    pies = np.union1d(truth.index[truth["wrong_label"]][:60], truth.index[truth["corrupted"]][:30])
    answers = pd.DataFrame(  # those of somebody who sees every fault
        {
            "annotator": "the planter",
            "index": np.arange(len(truth)),
            "label_right": 1 - truth["wrong_label"].to_numpy(dtype=int),
            "corrupted": truth["corrupted"].to_numpy(dtype=int),
        }
    )
    found = annotate.aggregate(answers, pies).set_index(["property", "set"])
    assert found["found"].to_dict() == {
        ("wrong label", "PIE"): 60,
        ("wrong label", "non-PIE"): 48,
        ("corrupted image", "PIE"): 30,
        ("corrupted image", "non-PIE"): 78,
    }
    assert (found["p_value"] < 1e-6).all()


def test_a_file_may_be_aggregated_by_its_name(tmp_path):
    mine = form(tmp_path)
    while mine.current is not None:
        mine.answer(0, 1, 0, 1, 0, 0)
    found = annotate.aggregate(mine.path, pies=[0])
    assert len(found) == 12
    assert found.loc[found["property"] == "wrong label", "share"].tolist() == [1, 1]
    assert found.loc[found["property"] == "atypical", "share"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a,b\n1,2\n", "with the columns a, b; it takes annotator, index"),
        ("", "cannot be read as CSV"),
        (",".join(["annotator", "index", *KEYS]) + "\nann,1" + ",2" * 6 + "\n", "answers 0 or 1"),
        (",".join(["annotator", "index", *KEYS]) + "\nann,x" + ",1" * 6 + "\n", "takes whole indices"),
    ],
)
def test_a_file_that_is_something_else_is_refused_and_left_alone(tmp_path, content, sentence):
    path = tmp_path / "answers.csv"
    path.write_text(content)
    with pytest.raises(ParameterError, match=sentence):
        form(tmp_path)
    assert path.read_text() == content


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"labels": NAMES[:3]}, "`labels` got .* takes three names for each of the 4 images"),
        ({"labels": [("a", "b")] * 4}, "`labels` got .* takes three names"),
        ({"indices": [4]}, "`indices` got 4 to 4; it takes places from 0 to 3"),
        ({"indices": []}, "`indices` got .* takes some places"),
        ({"annotator": 3}, "`annotator` got 3"),
        ({"images": images().float()}, "`images` got float32"),
    ],
)
def test_a_form_that_cannot_be_made_is_refused(tmp_path, change, sentence):
    settings = {"images": images(), "labels": NAMES, "path": tmp_path / "answers.csv", **change}
    with pytest.raises(ParameterError, match=sentence):
        annotate.AnnotationForm(**settings)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: annotate.sample([], 4), "`pies` got 0 of 4"),
        (lambda: annotate.sample([0, 1], 2), "`pies` got 2 of 2"),
        (lambda: annotate.sample([5], 4), "`pies` got 5 to 5; it takes places from 0 to 3"),
        (lambda: annotate.aggregate(pd.DataFrame({"index": [1]}), [1]), "`annotations` got no answers"),
        (lambda: annotate.aggregate("nobody.csv", [1]), "`annotations` got no answers"),
    ],
)
def test_mistakes_get_one_sentence(call, sentence):
    with pytest.raises(ParameterError, match=sentence):
        call()
