"""A key changes with what a cell says, with its part's version and its data, and with nothing else."""

import shutil

import pytest
from PIL import Image
from toys import toy

from pruneuq_helpers.chapters import CHAPTERS
from pruneuq_helpers.study import Part, digest
from pruneuq_helpers.study.engine import job_of
from pruneuq_helpers.study.images import label_of
from pruneuq_helpers.study.keys import bare, cell_key, contents_of, data_named
from pruneuq_helpers.study.profiles import parameters

SCOPE = ["00_toys", "toy", 1]
CELL = {"seed": 0, "data": "moons", "recipe": {"epochs": 3}}


def key(cell, scope=SCOPE, data=()):
    return cell_key(scope, bare(cell), dict(data))


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 1},
        {"more": None},
        {"seed": 0.0},
        {"seed": "0"},
        {"seed": False},
        {"seed": [0]},
        {"recipe": {"epochs": 4}},
    ],
)
def test_every_parameter_counts(other):
    assert key(CELL | other) != key(CELL)


@pytest.mark.parametrize(
    "place",
    [
        {"device": "cuda"}, {"root": "/elsewhere"}, {"download": True}, {"precision": "bfloat16"}, {"workers": 4},
        {"recipe": {"epochs": 3, "device": "cuda"}},
    ],
)  # fmt: skip
def test_no_place_counts(place):
    assert key(CELL | place) == key(CELL)


def test_the_order_of_entries_does_not_count():
    assert key(dict(reversed(CELL.items()))) == key(CELL)


def test_the_version_the_part_the_chapter_and_the_data_count():
    others = [key(CELL, ["00_toys", "toy", 2]), key(CELL, ["00_toys", "top", 1]), key(CELL, ["01_toys", "toy", 1])]
    others.append(key(CELL, data={"moons": "moved"}))
    assert len({key(CELL), *others}) == 5


@pytest.fixture
def birds(tmp_path):
    folder = tmp_path / "birds"
    for part in ("train", "test"):
        for number, name in enumerate(("finch", "wren")):
            (folder / part / name).mkdir(parents=True)
            Image.new("L", (8, 8), 40 * number).save(folder / part / name / "1.png")
    return folder


def cell_of(folder):
    return {"seed": 0, "where": {"data": f"imagefolder:{folder}"}}


def test_the_content_of_images_counts_and_their_folder_does_not(birds, tmp_path):
    moved = tmp_path / "elsewhere" / "birds"
    shutil.copytree(birds, moved)
    here, there = (contents_of([cell_of(folder)])[0] for folder in (birds, moved))
    assert here == there
    assert key(cell_of(birds), data=here) == key(cell_of(moved), data=there)
    Image.new("L", (8, 8), 41).save(
        birds / "train" / "wren" / "1.png"
    )  # the same name, size and pixels but for a shade
    assert contents_of([cell_of(birds)])[0] != there


def test_data_that_are_not_here_are_told(tmp_path):
    cells = [cell_of(tmp_path / "nothing"), {"data": "digits"}, {"data": "mnist", "root": str(tmp_path)}]
    assert contents_of(cells) == [None, {"digits": "digits"}, None]


def test_all_data_sets_of_a_cell_are_found():
    cell = {"data": "CIFAR-10", "where": {"data": "mnist", "outside": ["fashion_mnist", "imagefolder:data/birds/"]}}
    assert set(data_named(cell).values()) == {"mnist", "fashion_mnist", "imagefolder:birds"}


def test_no_code_counts(tmp_path, monkeypatch):
    """A docstring, a new name, a file that moves: they change the digest of the code, and no key of any chapter."""
    for chapter in CHAPTERS:
        study = chapter.study(**parameters(chapter.name, "smoke") | {"out": str(tmp_path)})
        for name, part in study.parts.items():
            if isinstance(part, Part):
                before = job_of(study, name).keys
                with monkeypatch.context() as other:
                    other.setattr(digest, "package_digest", lambda: "other code")
                    other.setattr(part.work, "__doc__", "Other words.")
                    other.setattr(part.work, "__name__", "renamed")
                    other.setattr(part.work, "__module__", "pruneuq_helpers.another_room")
                    assert job_of(study, name).keys == before
                assert len(set(before)) == len(before)


def rows(cell):
    return {"one": 1}


def test_a_part_of_a_readers_own_is_known_by_its_source_too(tmp_path):
    def cells(study):
        return [{"seed": 0}]

    first, second = (
        job_of(toy(cells, work)(seeds=1, out=str(tmp_path)), "toy").keys for work in (rows, lambda cell: {"one": 2})
    )
    assert first != second


def test_a_label_names_no_folder_of_this_machine():
    assert [label_of(name) for name in ("imagefolder:data/cifar10-jpeg", "mnist")] == ["cifar10-jpeg", "mnist"]
