"""Chapter 7's study: its parameters, and networks that are trained once."""

import json
import threading

import pytest
import safetensors.torch
import torch
from grid_small import SMALL, same

from pruneuq_helpers.chapters.pruning_meets_uncertainty import bases as grid_bases
from pruneuq_helpers.chapters.pruning_meets_uncertainty import study as grid
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.engine import job_of
from pruneuq_helpers.study.parts import checksum, networks_in


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"levels": [0.0, 0.5]}, "`levels` got 0.0"),
        ({"criteria": ["l1", "l2"]}, "`criteria` got 'l2'"),
        ({"data": "moons"}, "`data` got 'moons'"),
        ({"members": 1}, "`members` got 1"),
        ({"channels": [6, 4]}, "`channels` got"),
        ({"schedule": "cosine"}, "'convnet' with a schedule or augmentation"),
        ({"network": "resnet8", "schedule": "step"}, r"`milestones` got \[\] with the schedule 'step'"),
        ({"milestones": [2]}, r"`milestones` got \[2\] with the schedule 'constant'"),
        ({"network": "lenet"}, "`network` got 'lenet'"),
        ({"resrep": {"rate": -1}}, "`learning_rate` got -1"),
        ({"resrep": {"strength": "strong"}}, "a number of at least 0, or auto"),
        ({"resrep": {"sise": 0.1}}, "`resrep` got"),
        ({"resrep": {"mask_every": 0}}, "`mask_every` got 0"),
        ({"levle": [0.5]}, "did you mean `levels`"),
    ],
)
def test_a_wrong_parameter_is_named(tmp_path, change, sentence):
    with pytest.raises(ParameterError, match=sentence):
        grid.GridStudy(**SMALL | change, out=str(tmp_path))


def test_every_criterion_level_and_seed_has_one_cell_and_no_cell_names_this_machine_in_the_table(study):
    cells = grid.cells(study)
    assert len(cells) == 2 * (3 + 5 * 2)
    assert len({json.dumps(one, sort_keys=True) for one in cells}) == len(cells)
    assert not any(isinstance(value, str) and "/" in value for one in cells for value in one.values())


def stored(study, folder=None):
    """The files of trained networks, and when each was written."""
    return {path: path.stat().st_mtime_ns for path in sorted((folder or study.network_store).glob("*.safetensors"))}


def test_base_networks_are_trained_once_and_read_back(study, tmp_path):
    spec = study.spec()
    found = grid_bases.bases(spec, 0, 2, tmp_path)
    before = stored(study, tmp_path)
    assert len(before) == 2  # the members in one stack, and the network with dropout
    again = grid_bases.bases(spec, 0, 2, tmp_path)
    assert stored(study, tmp_path) == before
    assert again.checks == found.checks
    assert again.dropping_check == found.dropping_check != found.checks[0]
    for one, other in zip([*found.members, found.dropping], [*again.members, again.dropping], strict=True):
        assert same(one, other)
    assert not torch.equal(found.members[0].conv1.weight, found.members[1].conv1.weight)
    for path in before:
        path.unlink()
    anew = grid_bases.bases(spec, 0, 2, tmp_path)
    assert torch.equal(anew.members[1].fc1.weight, found.members[1].fc1.weight)
    assert anew.checks == found.checks


def test_another_recipe_or_seed_has_another_file(study, tmp_path):
    spec = study.spec()
    grid_bases.bases(spec, 0, 2, tmp_path)
    count = len(stored(study, tmp_path))
    fewer = spec | {"recipe": spec["recipe"] | {"epochs": 1}}
    for other, seed in ((fewer, 0), (spec, 1)):
        grid_bases.bases(other, seed, 2, tmp_path)
        count += 2
        assert len(stored(study, tmp_path)) == count


def test_where_networks_are_computed_changes_no_file(study, tmp_path):
    spec = study.spec()
    grid_bases.bases(spec, 0, 2, tmp_path)
    before = stored(study, tmp_path)
    grid_bases.bases(spec | {"source": {"root": "elsewhere", "download": True}}, 0, 2, tmp_path)
    assert stored(study, tmp_path) == before


@pytest.mark.parametrize("damage", ["cut", "bit", "empty", "other weights"])
def test_a_damaged_network_is_noticed_and_trained_again(study, tmp_path, damage, caplog):
    spec = study.spec(network="resnet8", channels=[2], dropout=None)
    first = grid_bases.bases(spec, 0, 1, tmp_path)
    (path,) = stored(study, tmp_path)
    whole = path.read_bytes()
    if damage == "other weights":  # a whole file, but not what its name says
        weights = safetensors.torch.load(whole)
        weights["0.conv1.weight"][0] += 1
        safetensors.torch.save_file(weights, path, metadata={"checksum": first.checks[0]})
    else:
        flipped = bytes([whole[-1] ^ 1])
        path.write_bytes({"cut": whole[:-9], "bit": whole[:-1] + flipped, "empty": b""}[damage])
    again = grid_bases.bases(spec, 0, 1, tmp_path)
    assert "are damaged" in caplog.text
    assert same(first.members[0], again.members[0])
    assert again.checks == first.checks
    caplog.clear()
    grid_bases.bases(spec, 0, 1, tmp_path)
    assert caplog.text == ""


def test_two_cells_that_ask_at_once_train_a_network_once(study, tmp_path, monkeypatch):
    spec = study.spec(network="resnet8", channels=[2], dropout=None)
    trained, fit, both, found = [], grid_bases.fit, threading.Barrier(2), []

    def counted(*words):
        trained.append(words)
        return fit(*words)

    def ask():
        both.wait()
        found.append(grid_bases.bases(spec, 0, 1, tmp_path))

    monkeypatch.setattr(grid_bases, "fit", counted)
    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(trained) == 1
    assert same(found[0].members[0], found[1].members[0])
    assert found[0].checks == found[1].checks


def test_the_part_of_networks_is_what_the_other_parts_ask_for(tmp_path):
    small = grid.GridStudy(**SMALL | {"seeds": 1, "criteria": ["random", "l1"]}, workers=1, out=str(tmp_path))
    listed = grid.network_cells(small)
    with networks_in(small.network_store):
        for cell in listed:
            grid_bases.DENSE.of(cell)
    before = stored(small)
    assert len(before) == len(listed)
    for part in ("bases", "grid", "skips"):
        small.run(part)
    assert stored(small) == before


def test_a_residual_network_is_trained_member_by_member(study, tmp_path):
    spec = study.spec(network="resnet8", channels=[2], dropout=None)
    found = grid_bases.bases(spec, 1, 2, tmp_path)
    assert (len(found.members), found.dropping, found.dropping_check) == (2, None, None)
    assert found.members[0].name == "resnet8"
    assert len(stored(study, tmp_path)) == len(set(found.checks)) == 2


def test_rows_say_which_dense_networks_they_come_from(study):
    """The same for all cells of a seed and method, another for another seed; made by whoever asks first."""
    grid_rows, bases, skips = (study.run(part) for part in ("grid", "bases", "skips"))
    assert grid_rows["cut_from"].str.fullmatch("[0-9a-f]{12}").all()
    wide = grid_rows.groupby(["seed", "method"])["cut_from"].agg(["nunique", "first"])
    assert (wide["nunique"] == 1).all()
    assert wide["first"].nunique() == 2 * 3
    own = bases.pivot(index="seed", columns="member", values="cut_from")
    assert wide["first"].unstack()["msp"].tolist() == own["0"].tolist()
    assert wide["first"].unstack()["mc_dropout"].tolist() == own["dropout"].tolist()
    assert (skips.groupby("seed")["cut_from"].nunique() == 1).all()
    assert skips["cut_from"].nunique() == 2


def test_a_checksum_sees_every_number_and_name():
    weights = {"a": torch.tensor([1.0, 2.0]), "b": torch.tensor([3])}
    changed = [
        {"a": torch.tensor([1.0, 2.0000002]), "b": weights["b"]}, {"c": weights["a"], "b": weights["b"]},
        {"a": weights["a"].double(), "b": weights["b"]}, {"a": weights["a"].reshape(2, 1), "b": weights["b"]},
        {"a": weights["a"]},
    ]  # fmt: skip
    assert checksum(dict(reversed(weights.items()))) == checksum(weights)
    assert len({checksum(one) for one in [weights, *changed]}) == 6


def test_the_grid_may_have_fewer_levels_than_the_answer(tmp_path):
    few = grid.GridStudy(**SMALL | {"grid_levels": [0.5]}, out=str(tmp_path))
    levels = {name: sorted({one["level"] for one in few.parts[name].cells(few)}) for name in ("answer", "grid")}
    assert levels == {"answer": [0.0, 0.25, 0.5], "grid": [0.0, 0.5]}


def test_the_grid_may_have_fewer_seeds_than_the_answer(tmp_path):
    few = grid.GridStudy(**SMALL | {"seeds": 3, "grid_seeds": 1}, out=str(tmp_path))
    seeds = {name: sorted({one["seed"] for one in part.cells(few)}) for name, part in few.parts.items()}
    assert seeds == {"answer": [0, 1, 2], "bases": [0], "grid": [0], "networks": [0, 1, 2], "skips": [0]}


def test_precision_is_in_the_rows_and_not_in_the_keys(study, tmp_path):
    other = grid.GridStudy(**SMALL | {"precision": "float32"}, out=str(tmp_path))
    for part in ("answer", "bases", "grid", "skips"):
        assert job_of(study, part).keys == job_of(other, part).keys
    assert set(study.run("bases")["precision"]) == {"float32"}


@pytest.mark.parametrize(("epochs", "kept"), [(14, [1, 2, 3, 5, 8, 13]), (3, [1, 2]), (1, [])])
def test_earlier_epochs_lie_close_together_where_much_is_learnt(epochs, kept):
    assert grid_bases.rungs(epochs) == kept
