"""Kept cells: a layer of every store, that grows over days and machines, and says how far it still counts."""

import lzma
from collections import deque
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from PIL import Image

from pruneuq_helpers import chapters
from pruneuq_helpers.cli import main
from pruneuq_helpers.errors import ParameterError, StudyError
from pruneuq_helpers.study import Part, Study, results
from pruneuq_helpers.study.kept import path_of, read

calls: deque[dict] = deque()  # a list would be read as a value that the work depends on

stop_at: deque[int] = deque()


@pytest.fixture(autouse=True)
def _forget_calls():
    calls.clear()
    stop_at.clear()


def cells(study):
    return [{"seed": seed, "level": level, "rate": study.rate} for seed in range(study.seeds) for level in (0.0, 0.5)]


def draw(cell):
    if len(calls) in stop_at:
        raise KeyboardInterrupt
    calls.append(cell)
    shift = len(calls) > 100
    random = np.random.default_rng(cell["seed"])
    return [{"epoch": epoch, "loss": cell["rate"] * random.normal() + shift, "took": len(calls)} for epoch in (0, 1)]


class Toys(Study):
    chapter = "00_toys"
    rate: float
    parts = {"toy": Part(cells, draw, timed=("took",))}


@pytest.fixture
def toys(checkout, monkeypatch):
    """The chapter of the checkout, as the command line finds it."""

    class Found:
        name, study = "00_toys", Toys

    monkeypatch.setattr(chapters, "find", lambda which: Found)
    monkeypatch.setattr(chapters, "CHAPTERS", (Found,))
    return checkout


def real(seeds=3, **changes):
    return Toys(profile="real", seeds=seeds, workers=1, **{"rate": 0.5} | changes)


def keep(part="toy"):
    return {name: counts for name, *counts in results.keep_run("real", Toys, "runs")}[part]


def forget_the_run(folder):
    for path in (folder / "runs").rglob("*.cell"):
        path.unlink()


def command(*words):
    done = CliRunner().invoke(main, ["results", *words])
    return done.exit_code, done.output.splitlines()


def test_kept_seeds_stay_and_others_are_added(toys):
    two = real(seeds=2).run("toy")
    assert keep() == [4, 4]
    forget_the_run(toys)
    calls.clear()
    five = real(seeds=5).run("toy")
    assert [cell["seed"] for cell in calls] == [2, 2, 3, 3, 4, 4]
    assert five.attrs.items() >= {"computed": 6, "read": 0, "kept": 4}.items()
    assert five.drop(columns="took").head(len(two)).equals(two.drop(columns="took")), "floats come back to the last bit"
    assert keep() == [6, 10]
    assert keep() == [0, 10], "keeping again adds nothing"
    forget_the_run(toys)
    assert real(seeds=5).run("toy").equals(five)


def test_half_a_run_is_kept_and_goes_on_elsewhere(toys):
    stop_at.append(3)
    with pytest.raises(KeyboardInterrupt, match="stopped with 3 of 6 cells stored"):
        real().run("toy")
    assert keep() == [3, 3]
    forget_the_run(toys)
    stop_at.clear()
    assert real().run("toy").attrs.items() >= {"computed": 3, "kept": 3}.items()


def test_what_is_kept_says_where_it_was_made(toys):
    real(seeds=1).run("toy")
    keep()
    record, _ = read(path_of("real", "00_toys", "toy"))
    assert record.keys() == {
        "cell", "scope", "data", "seconds", "date", "commit", "digest", "machine", "columns"
    }  # fmt: skip
    assert record["machine"].keys() == {"processor", "capability", "torch", "numpy", "precision"}
    assert not [value for value in str(record).split() if str(toys) in value]


def test_the_table_of_what_is_kept(toys):
    whole = real().run("toy")
    keep()
    shown = results.table("real", Toys, "toy")
    assert shown.equals(whole)
    assert shown.attrs["state"] == "current"
    assert shown.attrs["seeds"] == [0, 1, 2]
    assert results.table("real", Toys, "toy").attrs["seconds"] >= 0
    path_of("real", "00_toys", "toy").unlink()
    assert results.table("real", Toys, "toy").empty
    assert results.table("real", Toys, "toy").attrs["state"] == "nothing is kept"


def test_check_says_what_still_counts(toys, monkeypatch):
    assert command("check") == (0, ["no results are kept in book/results"])
    real(seeds=2).run("toy")
    keep()
    assert command("check") == (0, ["real/00_toys/toy: incomplete: 2 of 3 seeds"])
    real().run("toy")
    keep()
    assert command("check") == (0, ["real/00_toys/toy: current"])
    assert command("list")[1][0].startswith("real/00_toys/toy: 6 cells, 3 seeds, 0.0 h, ")
    profile = toys / "notebooks" / "parameters" / "real" / "00_toys.yaml"
    profile.write_text("profile: real\nseeds: 3\nrate: 0.25\n")
    assert command("check") == (1, ["real/00_toys/toy: other parameters"])
    profile.write_text("profile: real\nseeds: 2\n")
    assert command("check") == (0, ["real/00_toys/toy: current"]), "more seeds are kept than the profile asks for"
    mended = Part(cells, draw, version=2, history={2: "losses were of one class"})
    monkeypatch.setattr(Toys, "parts", {"toy": mended})
    assert command("check") == (1, ["real/00_toys/toy: older version 1: losses were of one class"])
    assert real().run("toy").attrs["computed"] == 6, "an older version is not read"
    assert keep() == [6, 6], "and goes when the new one is kept"
    monkeypatch.setattr(Toys, "parts", {"other": mended})
    assert command("check") == (1, ["real/00_toys/toy: no such part"])


def test_keep_and_recheck_by_command(toys):
    real().run("toy")
    assert command("keep", "real") == (0, ["real/00_toys/toy: 6 new cells, 6 kept"])
    assert command("recheck", "--seconds", "0") == (0, [])
    code, said = command("recheck", "real", "--seconds", "60")
    assert code == 0, "the measured time differs, and is said to be one"
    assert said == ["real/00_toys/toy: the same"] * 6
    calls.extend({} for _ in range(100))  # what `shift` counts
    code, said = command("recheck", "real", "toys", "--seconds", "60")
    assert code == 1
    assert "row 0, column `loss`: " in said[0]
    assert command("keep", "huge")[0] == 1


@pytest.mark.parametrize("profile", ["quick", "smoke"])
def test_small_profiles_are_never_kept(toys, profile):
    Toys(profile=profile, seeds=1, workers=1, rate=0.5).run("toy")
    (toys / "notebooks" / "parameters" / "smoke").mkdir(exist_ok=True)
    (toys / "notebooks" / "parameters" / "smoke" / "00_toys.yaml").write_text("profile: smoke\nseeds: 1\n")
    with pytest.raises(ParameterError, match=f"`profile` got '{profile}'; it takes one whose results are kept"):
        list(results.keep_run(profile, Toys, "runs"))


def test_a_profile_of_one_s_own_is_not_kept_under_a_name_that_nobody_finds(toys, tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("profile: mine\nseeds: 1\n")
    Toys(profile="mine", seeds=1, workers=1, rate=0.5).run("toy")
    with pytest.raises(ParameterError, match="only profiles of the book are kept: put yours into notebooks"):
        list(results.keep_run(str(mine), Toys, "runs"))
    assert not (toys / "book" / "results" / "mine").exists()


@pytest.mark.parametrize("damage", [b"no xz", b"", None])
def test_a_damaged_file_is_one_sentence(toys, damage):
    real().run("toy")
    keep()
    path = path_of("real", "00_toys", "toy")
    path.write_bytes(path.read_bytes()[:-30] if damage is None else damage or lzma.compress(b'{"cell": '))
    forget_the_run(toys)
    with pytest.raises(
        StudyError, match=r"^kept results in toy.jsonl.xz are damaged \(.*\); take the file from the repo"
    ):
        real().run("toy")


def test_where_the_data_are_absent_kept_cells_are_found_without_them(toys, monkeypatch):
    for part in ("train", "test"):
        for name in ("finch", "wren"):
            folder = toys / "data" / "birds" / part / name
            folder.mkdir(parents=True)
            Image.new("L", (8, 8), len(name)).save(folder / "1.png")

    def of_birds(study):
        return [cell | {"data": "imagefolder:data/birds"} for cell in cells(study)]

    monkeypatch.setattr(Toys, "parts", {"toy": Part(of_birds, draw)})
    whole = real().run("toy")
    keep()
    forget_the_run(toys)
    Image.new("L", (8, 8), 9).save(toys / "data" / "birds" / "train" / "wren" / "1.png")
    assert real().run("toy").attrs["computed"] == 6, "other images, other results"
    forget_the_run(toys)
    (toys / "data" / "birds").rename(toys / "data" / "gone")
    found = real().run("toy")
    assert found.attrs.items() >= {"computed": 0, "kept": 6}.items()
    assert found.equals(whole)


def test_all_that_is_kept_with_the_book_is_small():
    folder = Path(__file__).resolve().parents[2] / "book" / "results"
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 10e6


def test_without_the_book_the_run_at_hand_stands_for_a_larger_one_and_a_sentence_says_so(capsys):
    own, larger = pd.DataFrame({"seed": [0]}), pd.DataFrame({"seed": [0, 1]})
    assert results.or_own(larger, own) is larger
    assert capsys.readouterr().out == ""
    assert results.or_own(pd.DataFrame(), own) is own
    assert capsys.readouterr().out.startswith("No larger run is kept here")
