"""Chapter 3's study: its parameters, its cells and a small run."""

import numpy as np
import pandas as pd
import pytest
import torch
from lottery_small import make, whole

from pruneuq_helpers.chapters.lottery_tickets import study as study_module
from pruneuq_helpers.chapters.lottery_tickets.runs import ITERATIVE, ONE_SHOT, OTHER, one_shot, parts
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.population import mlp
from pruneuq_helpers.pruning import tickets
from pruneuq_helpers.training import caps


def test_every_network_strategy_level_and_seed_is_there_once(table):
    rows = table[table["part"] == "tickets"]
    assert not rows.duplicated(["network", "strategy", "level", "seed"]).any()
    counts = rows.groupby(["network", "strategy"])["level"].nunique().unstack()
    assert set(counts.index) == {"2-8-6-2", "2-7-2"}
    assert counts.loc["2-7-2"].to_dict() == dict.fromkeys([*ONE_SHOT, *ITERATIVE], 2) | {"dense": 1}
    assert len(rows) == 2 * 3 * (1 + 6 * 2)
    depth = table[table["part"] == "depth"]
    assert len(depth) == 2 * 2 * 3
    assert set(depth["strategy"]) == {"dense"}


def test_what_is_removed_is_what_rounding_leaves(table):
    rows = table.query("part == 'tickets' and network == '2-7-2' and level == 0.8")
    shares = rows.groupby("strategy")["removed"].first()
    # One shot: 7 - floor(5.6) = 2 are left. Two rounds of 0.553: 7 - 3 = 4, 4 - 2 = 2 are left as well.
    np.testing.assert_allclose(shares["one-shot"], 5 / 7)
    np.testing.assert_allclose(shares["iterative"], 5 / 7)
    np.testing.assert_allclose(rows["parameter_fraction"], (2 * 3 + 2 * 3) / (7 * 3 + 2 * 8))


def test_a_result_does_not_depend_on_who_shares_its_cell(tmp_path, table):
    alone = whole(make(tmp_path, together=1, workers=1, networks=[[8, 6]]))
    both = table[table["network"].isin(alone["network"])]
    keys = ["part", "network", "patience", "strategy", "level", "seed"]
    alone, both = (frame.sort_values(keys, ignore_index=True) for frame in (alone, both))
    pd.testing.assert_frame_equal(alone, both)


def test_dense_and_tickets_share_their_beginning():
    found, classes = parts("moons", [4], 50)
    dense, initial, fit = study_module.start([6], [4], found, classes, 3, epochs=4, batch=0, rate=0.01, device="cpu")
    expected = mlp(2, 6, 2).initial(4)
    for name, value in expected.items():
        torch.testing.assert_close(initial.weights[name][0], value)
    ticket = tickets.rewind(tickets.prune(dense, 0.5), initial)
    units = ticket.units["fc1"][0]
    torch.testing.assert_close(ticket.weights["fc1.weight"][0], expected["fc1.weight"][units])
    # Nothing is removed at such a level: pruned, reset and trained again it is the dense network.
    (again,) = fit([tickets.rewind(tickets.prune(dense, 0.01), initial)])
    torch.testing.assert_close(again.weights["fc1.weight"], dense.weights["fc1.weight"], rtol=0, atol=0)


def test_moons_are_drawn_anew_for_training_and_for_testing():
    found, _ = parts("moons", [0, 1], 50)
    (points, _), (fresh, _) = found["train"], found["test"]
    assert not torch.equal(points[0], points[1])
    assert not torch.equal(parts("moons", [OTHER], 50)[0]["train"][0][0, :50], fresh[0])
    shared, classes = parts("digits", [0, 1], 50)
    assert (shared["train"][1].ndim, classes) == (1, 10)


def test_collapse_is_told_by_the_commonest_class():
    network = mlp(2, 3, 2)
    weights = {name: torch.zeros(1, *shape) for name, shape in network.parameters().items()}
    weights["fc2.bias"][0, 0] = 1.0  # always says class 0
    some = tickets.Tickets(network, weights, {}, np.array([1]), np.array([2]))
    images, labels = torch.zeros(10, 2), torch.tensor([0] * 7 + [1] * 3)
    (row,) = study_module.measure(some, network, images, labels)
    assert (row["accuracy"], row["collapsed"]) == (0.7, True)
    weights["fc1.weight"][0, 0, 0], weights["fc2.weight"][0, 1, 0] = 1.0, 5.0
    images[7:, 0] = 1.0
    (row,) = study_module.measure(some, network, images, labels)
    assert (row["accuracy"], row["collapsed"]) == (1.0, False)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"levels": [0.0, 0.5]}, "`levels` got 0.0 at position 0"),
        ({"levels": [1.0]}, "`levels` got 1.0"),
        ({"networks": []}, "`networks` got"),
        ({"networks": [[]]}, "`networks` got"),
        ({"rounds": 0}, "`rounds` got 0"),
        ({"patience": 0}, "`patience` got 0"),
        ({"batch": -1}, "`batch` got -1"),
        ({"rate": 0.0}, "`rate` got 0.0"),
        ({"data": "line"}, "`data` got 'line'; it takes a data set with classes"),
        ({"data": "mnits"}, "did you mean `mnist`"),
        ({"patiense": 3}, "did you mean `patience`"),
    ],
)
def test_a_wrong_parameter_is_named(tmp_path, change, sentence):
    with pytest.raises(ParameterError, match=sentence):
        make(tmp_path, **change)


def test_a_random_start_draws_on_the_scale_of_its_own_widths():
    dense_net = mlp(2, 400, 2)
    dense = initial = tickets.whole(dense_net, [dense_net.initial(seed) for seed in (0, 1)])
    found = one_shot(dense, initial, [0.9], [0, 1], fit=list)
    largest = {name: found[name, 0.9].weights["fc2.weight"].abs().max() for name in ("random", "random, dense scale")}
    # Weights into the outputs are drawn from ± 1 / sqrt(inputs): 40 units are left of 400.
    assert 0.9 < largest["random"] * 40**0.5 <= 1
    assert largest["random, dense scale"] * 400**0.5 <= 1
    assert found["random", 0.9].network == found["random, dense scale", 0.9].network


def test_every_row_says_whether_the_limit_ended_its_training(tmp_path, table):
    rows = table[table["part"] == "tickets"]
    np.testing.assert_array_equal(rows["capped"], rows["stop_epoch"] - rows["best_epoch"] < 4)
    assert (rows.loc[rows["capped"].astype(bool), "stop_epoch"] == 15).all()
    assert 0 < rows["capped"].mean() < 1
    patient = make(tmp_path, epochs=3, networks=[[7]], levels=[0.5], workers=1).run("tickets")
    assert patient["capped"].astype(bool).all()
    assert caps.ended_by_limit(patient) == "21 of 21"
