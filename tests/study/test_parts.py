"""Parts: cells that are handed over together, versions with reasons, networks that cells share."""

import os
import threading
import time

import pytest
import torch
from toys import toy

from pruneuq_helpers.errors import ParameterError, StudyError
from pruneuq_helpers.study import Networks, Part, Study
from pruneuq_helpers.study.parts import checksum, networks_in
from pruneuq_helpers.study.store import Store
from pruneuq_helpers.training import precision_on


def cells(study):
    return [{"seed": seed, "width": width} for width in (1, 2) for seed in range(study.seeds)]


class Together(Study):
    chapter = "00_toys"
    most: int = 2
    parts = {"toy": Part(cells, lambda some: [{"sum": cell["seed"] + cell["width"]} for cell in some], together="most")}


def test_cells_that_differ_in_their_seed_are_handed_over_together(tmp_path):
    handed = []

    def work(some):
        handed.append([(cell["width"], cell["seed"]) for cell in some])
        return [{"sum": cell["seed"] + cell["width"]} for cell in some]

    class Noting(Together):
        parts = {"toy": Part(cells, work, together="most")}

    table = Noting(seeds=3, workers=1, out=str(tmp_path)).run("toy")
    assert handed == [[(1, 0), (1, 1)], [(1, 2)], [(2, 0), (2, 1)], [(2, 2)]]
    assert table["sum"].tolist() == [1, 2, 3, 2, 3, 4]
    handed.clear()
    Noting(seeds=5, workers=1, out=str(tmp_path)).run("toy")
    assert handed == [[(1, 3), (1, 4)], [(2, 3), (2, 4)]], "five seeds need two more of each width"


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("most", [1, 2, 100])
def test_neither_workers_nor_stacks_change_the_table(tmp_path, workers, most):
    table = Together(seeds=5, workers=workers, most=most, out=str(tmp_path)).run("toy")
    assert table["sum"].tolist() == [1, 2, 3, 4, 5, 2, 3, 4, 5, 6]


def test_work_that_forgets_a_cell_is_told(tmp_path):
    study = toy(cells, lambda some: [{"one": 1}], together="seeds")(seeds=2, workers=1, out=str(tmp_path))
    with pytest.raises(StudyError, match="the work gave 1 results for 2 cells; it takes one entry a cell"):
        study.run("toy")


def test_fresh_computes_anew(tmp_path):
    study = Together(seeds=1, workers=1, out=str(tmp_path))
    assert study.run("toy").attrs["computed"] == 2
    assert study.run("toy").attrs["computed"] == 0
    assert study.run("toy", fresh=True).attrs["computed"] == 2


def test_the_record_says_which_precision_auto_was(tmp_path):
    some = [{"seed": 0, "recipe": {"precision": "auto"}}]
    study = toy(lambda study: some, lambda cell: {"one": 1})(seeds=1, workers=1, out=str(tmp_path))
    study.run("toy")
    (record,) = Store(study.folder / "cells").records()
    assert record["machine"]["precision"] == precision_on("cpu", "auto")
    assert record["cell"] == {"seed": 0, "recipe": {}}


def test_an_unknown_part_is_one_sentence(tmp_path):
    with pytest.raises(ParameterError, match=r"`part` got 'toys'; it takes one of toy; did you mean `toy`\?$"):
        Together(seeds=1, out=str(tmp_path)).run("toys")
    with pytest.raises(ParameterError, match="^parameter `part` got 'toy'; it takes none, for this study has none$"):
        Study(seeds=1, out=str(tmp_path)).run("toy")


def test_a_version_needs_its_reason():
    part = Part(cells, len, version=3, history={2: "all classes", 3: "no cap"})
    assert part.since(1) == "all classes; no cap"
    assert part.since(2) == "no cap"
    for version, history in ((2, {}), (1, {2: "what?"}), (3, {3: "no cap"})):
        with pytest.raises(
            ParameterError, match="^parameter `history` got .* it takes a reason for each of the versions"
        ):
            Part(cells, len, version=version, history=history)


def nets(work, version=1):
    history = dict.fromkeys(range(2, version + 1), "other weights")
    return Networks(lambda study: [], work, version, history, chapter="00_toys", name="nets")


def test_networks_are_trained_once_and_read_as_they_were(tmp_path):
    trained = []

    def train(cell):
        trained.append(cell["seed"])
        return {"layer": torch.full((3,), float(cell["seed"])), "steps": torch.tensor(7)}

    networks = nets(train)
    with networks_in(tmp_path / "networks"):
        first, check = networks.of({"seed": 2})
        again, check_again = networks.of({"seed": 2})
    assert trained == [2]
    assert check == check_again == checksum(first) == checksum(again)
    assert torch.equal(again["layer"], first["layer"])
    assert again["steps"] == 7
    with networks_in(tmp_path / "networks"):
        nets(train, version=2).of({"seed": 2})
    assert trained == [2, 2], "a new version is trained anew"
    networks.of({"seed": 3})
    assert trained == [2, 2, 3], "outside of a run nothing is stored"
    assert len(list((tmp_path / "networks").glob("*.safetensors"))) == 2


@pytest.mark.parametrize("damage", ["truncated", "flipped", "foreign", "empty"])
def test_damaged_networks_are_noticed_and_trained_again(tmp_path, damage, caplog):
    networks = nets(lambda cell: {"layer": torch.arange(100.0)})
    with networks_in(tmp_path):
        _, check = networks.of({})
        (path,) = tmp_path.glob("*.safetensors")
        whole = path.read_bytes()
        flipped = bytearray(whole)
        flipped[-5] ^= 1
        path.write_bytes(
            {"truncated": whole[:-9], "flipped": bytes(flipped), "foreign": b"\x89PNG", "empty": b""}[damage]
        )
        weights, again = networks.of({})
    assert again == check == checksum(weights)
    assert path.read_bytes() == whole
    assert "are damaged" in caplog.text
    assert "they are trained again" in caplog.text


def test_two_that_ask_at_once_train_once(tmp_path):
    trained = []

    def train(cell):
        trained.append(os.getpid())
        time.sleep(0.2)
        return {"layer": torch.ones(2)}

    networks, found = nets(train), []

    def ask():
        with networks_in(tmp_path):
            found.append(networks.of({})[1])

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(trained) == 1
    assert len(set(found)) == 1


def test_a_new_version_of_the_networks_is_one_of_the_part_that_needs_them(tmp_path):
    def work(cell):
        return {"one": 1}

    for version, computed in ((1, 2), (1, 0), (2, 2)):
        needs = (nets(lambda cell: {}, version),)
        study = toy(lambda study: [{"seed": 0}, {"seed": 1}], work, needs=needs)(seeds=1, workers=1, out=str(tmp_path))
        assert study.run("toy").attrs["computed"] == computed
