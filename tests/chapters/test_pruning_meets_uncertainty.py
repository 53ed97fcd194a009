"""Chapter 7's study: networks trained once, cells that prune and measure, and claims."""

import json
import threading

import numpy as np
import pandas as pd
import pytest
import safetensors.torch
import torch
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from pruneuq_helpers import claims, data, metrics
from pruneuq_helpers.chapters.pruning_meets_uncertainty import bases as grid_bases
from pruneuq_helpers.chapters.pruning_meets_uncertainty import claims as grid_claims
from pruneuq_helpers.chapters.pruning_meets_uncertainty import draw as grid_figures
from pruneuq_helpers.chapters.pruning_meets_uncertainty import equal as grid_equal
from pruneuq_helpers.chapters.pruning_meets_uncertainty import facts as grid_facts
from pruneuq_helpers.chapters.pruning_meets_uncertainty import measures as grid_measures
from pruneuq_helpers.chapters.pruning_meets_uncertainty import scores as grid_scores
from pruneuq_helpers.chapters.pruning_meets_uncertainty import skips as grid_skips
from pruneuq_helpers.chapters.pruning_meets_uncertainty import study as grid
from pruneuq_helpers.chapters.pruning_meets_uncertainty import tables as grid_tables
from pruneuq_helpers.chapters.pruning_meets_uncertainty import work as grid_work
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.engine import job_of
from pruneuq_helpers.study.parts import checksum, networks_in
from pruneuq_helpers.text import plus_minus

SMALL = {
    "data": "digits", "training_images": 40, "test_images": 60, "network": "convnet", "channels": [4, 6],
    "members": 2, "passes": 2, "dropout": 0.2, "criteria": list(grid.CRITERIA), "levels": [0.25, 0.5], "epochs": 2,
    "tune_epochs": 1, "resrep_epochs": 2, "batch": 20, "optimiser": "adam", "rate": 0.01, "tune_rate": 0.01,
    "schedule": "constant", "weight_decay": 0.0, "augment": 0, "skip_width": 2, "skip_levels": [0.5], "seeds": 2,
    "grid_seeds": 2, "held_out": ["8", "9"], "outside": [], "outside_without": [], "outside_near": [],
    "far": ["inverted"], "scratch_levels": [0.5], "grid_levels": [0.25, 0.5], "milestones": [], "precision": "auto",
    "resrep": {"strength": 1.0, "compactor_momentum": 0.5, "compactor_rate": 0.5, "mask_after": 0, "mask_every": 1},
}  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return grid.GridStudy(**SMALL, workers=1, out=str(tmp_path_factory.mktemp("runs")))


@pytest.fixture(autouse=True, scope="module")
def stored_networks(study):
    """Whatever asks for networks finds those of the study's store, as in a run."""
    with networks_in(study.network_store):
        yield


def cell(study, criterion, level, seed=0):
    chosen = {"criterion": criterion, "level": level, "seed": seed}
    return next(one for one in grid.cells(study) if chosen.items() <= one.items())


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


def same(one, other) -> bool:
    return all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


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


@pytest.mark.parametrize("criterion", ["dense", "trained on", *grid.CRITERIA])
def test_a_cell_has_a_row_a_method(study, criterion):
    level = 0.0 if criterion in ("dense", "trained on") else 0.5
    rows = pd.DataFrame(grid_work.work(cell(study, criterion, level))).set_index("method")
    assert rows.index.tolist() == ["msp", "ensemble", "mc_dropout"]
    assert rows["nll"].notna().all()
    dense = 1 * 9 * 4 + 4 + 8 + 4 * 9 * 6 + 6 + 12 + 24 * 10 + 10
    half = 1 * 9 * 2 + 2 + 4 + 2 * 9 * 3 + 3 + 6 + 12 * 10 + 10
    if criterion != "resrep":
        assert (rows["parameters"] == (half if level else dense)).all()
        assert (rows["reached"] == level).all()
    else:
        assert rows["reached"].between(0, 0.8).all()


def test_the_dense_rows_are_those_of_the_base_networks(study):
    members = grid_bases.bases(study.spec(), 0, 2).members
    loaded = grid_bases.load_data(study.spec(), 0)
    with torch.no_grad():
        logits = torch.stack([member(loaded.normalise(loaded.test.images)) for member in members])
    rows = pd.DataFrame(grid_work.work(cell(study, "dense", 0.0))).set_index("method")
    found = grid_scores.score(logits[:1], loaded.test.labels)
    assert rows.loc["msp", "ause"] == pytest.approx(found["ause"])
    assert rows.loc["ensemble", "nll"] == pytest.approx(grid_scores.score(logits, loaded.test.labels)["nll"])
    assert rows.loc["msp", "accuracy_before"] == rows.loc["msp", "accuracy"]


def test_each_member_chooses_its_own_channels(study):
    members = grid_bases.bases(study.spec(), 0, 2).members
    loaded = grid_bases.load_data(study.spec(), 0)
    smaller = grid_work.prune(cell(study, "random", 0.5), loaded, members).networks
    assert not torch.equal(smaller[0].conv1.weight, smaller[1].conv1.weight)


def made_up(members=4, samples=300, classes=5):
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(0, classes, (samples,), generator=generator)
    logits = torch.randn(members, samples, classes, generator=generator)
    logits[:, torch.arange(samples), labels] += 1.5
    return logits, labels


def test_scores_of_several_networks_by_other_means():
    logits, labels = made_up()
    found = grid_scores.score(logits, labels)
    probs = torch.softmax(logits.double(), 2)
    mean = probs.mean(0)
    wrong = (mean.argmax(1) != labels).numpy()
    spread = probs[:, torch.arange(300), mean.argmax(1)].var(0, correction=0)
    assert found["auroc_prob"] == pytest.approx(roc_auc_score(wrong, spread))
    assert found["auroc_mean"] == pytest.approx(roc_auc_score(wrong, 1 - mean.max(1).values))
    assert found["accuracy_mean"] == pytest.approx(1 - wrong.mean())
    paper = logits.double().mean(0)
    logit_spread = logits.double()[:, torch.arange(300), paper.argmax(1)].var(0, correction=0)
    wrong = (paper.argmax(1) != labels).numpy()
    assert found["error"] == pytest.approx(wrong.mean())
    assert found["auroc"] == pytest.approx(roc_auc_score(wrong, logit_spread))
    stretched = (logit_spread - logit_spread.min()) / (logit_spread.max() - logit_spread.min())
    assert found["ece"] == pytest.approx(metrics.ece(torch.softmax(paper, 1), labels, confidence=1 - stretched))


def test_one_network_has_one_uncertainty():
    logits, labels = made_up(members=1)
    found = grid_scores.score(logits, labels)
    assert found["ause"] == found["ause_prob"] == found["ause_mean"]
    assert found["ece"] == found["ece_softmax"] == found["ece_clipped"]
    curve = json.loads(found["curve"])
    assert len(curve["error"]) == len(curve["oracle"]) == 51
    area = np.trapezoid(np.subtract(curve["error"], curve["oracle"]), dx=0.02)
    assert area == pytest.approx(found["ause"], abs=1e-4)


@pytest.mark.parametrize(("alike", "none"), [(300, ["ece", "ece_clipped"]), (299, ["ece_clipped"])])
def test_dead_networks_are_scored_without_what_would_stretch_nothing(alike, none):
    _, labels = made_up(members=1)
    logits = torch.zeros(4, len(labels), 5)
    logits[0, alike:] = 1.0 + torch.arange(5)
    found = grid_scores.score(logits, labels)
    assert [name for name, value in found.items() if value is None and name.startswith("ece")] == none
    assert found["ece_softmax"] == pytest.approx(abs(found["accuracy_mean"] - 1 / 5), abs=0.01)


def test_skip_cells_compare_aligned_with_misaligned(study):
    cells = grid_skips.skip_cells(study)
    assert [(one["seed"], one["level"]) for one in cells] == [(0, 0.0), (0, 0.5), (1, 0.0), (1, 0.5)]
    (dense,) = grid_skips.skip_work(cells[0])
    assert dense["alignment"] == "dense"
    rows = pd.DataFrame(grid_skips.skip_work(cells[1]))
    assert rows.groupby("criterion")["alignment"].agg(list).to_dict() == {
        name: ["aligned", "misaligned"] for name in ("random", "l1", "bn", "hrank")
    }


@pytest.fixture
def table():
    """A grid in which everything S1 says is so."""
    generator, rows = np.random.default_rng(0), []
    controls = [("earlier", 0.0), ("dense", 0.0), ("trained on", 0.0)]
    for seed in range(4):
        for method in ("msp", "ensemble", "mc_dropout"):
            for criterion, level in [*controls, *((c, s) for c in grid.CRITERIA for s in (0.2, 0.4, 0.8))]:
                error = 0.1 + 0.2 * level + (0.3 if (criterion, level) == ("resrep", 0.8) else 0.0)
                error += generator.normal(0, 0.002) + (0.5 if criterion == "earlier" else 0.0)
                error -= 0.03 if method == "ensemble" else 0.0
                ause = error / 2 if method == "msp" else error
                rows.append(
                    {"seed": seed, "method": method, "criterion": criterion, "level": level, "error": error}
                    | {
                        "accuracy": 1 - error,
                        "ause": ause,
                        "ause_prob": ause / 2,
                        "ause_mean": ause / 3,
                        "aurg": -ause,
                        "aurg_mean": ause,
                    }
                    | {"ece": error - 0.05, "parameters": 1000 * (1 - level) ** 2, "macs": 8000 * (1 - level)}
                    | {"auroc_mean": 0.9 - level / 10, "ece_softmax": error / 2, "nll": 2 * error}
                    | {"accuracy_mean": 1 - error, "aurg_mean": ause, "gap": -error}
                )
    return pd.DataFrame(rows)


def claims_of(part, table, network="convnet"):
    """The verdicts of the claims that read one part, of a run on this network."""
    parts = {"answer": pd.DataFrame({"network": [network]}), part: table}
    whole = grid_claims.table(lambda name: parts.get(name, pd.DataFrame()))
    return claims.check([claim for claim in grid_claims.CLAIMS if claim.part == part], whole).set_index("id")


GENERAL = [
    *(f"S1.{name}.{method}" for name in ("accuracy-falls", "ause-worsens", "ause-follows-error")
      for method in ("msp", "ensemble", "mc_dropout")),
    *(f"S1.{name}.{method}" for method in ("ensemble", "mc_dropout") for name in ("ece-worsens", "msp-suffers-less")),
    "book.msp-suffers-less-by-probs.ensemble", "book.worse-than-chance.mc_dropout",
    "book.errors-at-equal-accuracy.ensemble",
    *(f"S1.step-by-step.{name}" for name in ("accuracy", "ause")),
    *(f"S1.criteria-alike.{name}" for name in ("accuracy", "ause", "ece")), "S1.ensemble-most-accurate",
]  # fmt: skip
RESNETS = [
    "S1.msp-ece-rises", "S1.msp-ece-recovers", "S1.resrep-collapses.msp", "S1.resrep-collapses.mc_dropout",
    "S1.little-resrep-helps",
]  # fmt: skip
VGGS = ["S1.msp-ece-improves", "S1.small-levels-help", "S1.resrep-drops", "S1.resrep-flat"]


def otherwise(found, word, ids=GENERAL):
    """The verdicts of these claims that are not this word."""
    return {name: told for name, told in found.loc[ids, "verdict"].items() if told != word}


def of_resnet(table):
    """What S1 says of ResNet18: ECE rises until level 0.8, and a little ResRep helps an ensemble."""
    ece = table["ece"].where(table["level"] < 0.8, 0.1)
    helped = (table["criterion"] == "resrep") & (table["level"] == 0.2)
    return table.assign(ece=ece, accuracy=table["accuracy"] + 0.1 * helped)


def of_vgg(table):
    """What S1 says of VGG19: ECE falls, so does AUSE below level 0.8, and ResRep loses at 0.2 what it loses."""
    pruned, resrep = table["level"] > 0, table["criterion"] == "resrep"
    ause = table["ause"].where(~pruned | (table["level"] == 0.8), table["ause"] - 0.5)
    flat = 0.6 + 0.001 * table["seed"] + 0.0001 * table["level"] * table["seed"]
    return table.assign(ece=1 - table["ece"], ause=ause, accuracy=table["accuracy"].where(~(resrep & pruned), flat))


def test_every_claim_of_the_grid_is_about_one_kind_of_network_or_all(table):
    found = claims_of("grid", table)
    assert sorted(found.index) == sorted([*GENERAL, *RESNETS, *VGGS])
    assert (found.loc[GENERAL, "seeds"] == 4).all()
    assert found.loc[RESNETS, "reason"].str.startswith("it is about resnet8, resnet10").all()
    assert found.loc["S1.resrep-flat", "reason"] == "it is about vgg_small, vgg19, and the run has convnet"
    assert claims_of("grid", table, "resnet8").loc[VGGS, "verdict"].eq("not decidable here").all()


def test_claims_hold_where_the_table_says_so(table):
    assert otherwise(claims_of("grid", table), "holds") == {}
    assert otherwise(claims_of("grid", of_resnet(table), "resnet10"), "holds", RESNETS) == {}
    assert otherwise(claims_of("grid", of_vgg(table), "vgg_small"), "holds", VGGS) == {}


def turned_over(table):
    """Pruning helps in every way, most of all the softmax, and the criteria differ."""
    better = 0.9 * table["level"] * (1 + (table["method"] == "msp"))
    by_criterion = table["criterion"].map({"l1": 0.2, "bn": 0.1}).fillna(0.0)
    dense = {"accuracy": 0.6, "error": 0.4, "ause": 0.9, "ece": 0.9, "ause_mean": 0.9}
    values = {name: value - better + by_criterion for name, value in dense.items()}
    values |= {"accuracy": dense["accuracy"] + 0.4 * table["level"] + by_criterion, "error": table["level"]}
    noise = 0.001 * np.random.default_rng(1).normal(size=len(table))
    values = {name: one + noise for name, one in values.items()}
    values["accuracy"] -= 0.1 * (table["method"] == "ensemble")
    auroc = 0.5 + 0.3 * (table["level"] > 0) + noise
    return table.assign(**values, aurg=table["ause"], auroc_mean=auroc)


def test_claims_fail_where_it_says_otherwise(table):
    turned = turned_over(table)
    suffers = [name for name in GENERAL if "suffers-less" in name]
    found = claims_of("grid", turned)
    assert otherwise(found, "fails", [name for name in GENERAL if name not in suffers]) == {}
    assert otherwise(found, "holds", suffers) == {}  # what makes the softmax gain most makes it suffer least
    still = {name: turned[name].where(turned["method"] != "msp", 0.9) for name in ("ause", "ause_mean")}
    assert otherwise(claims_of("grid", turned.assign(**still)), "fails", suffers) == {}
    resrep = turned["criterion"] == "resrep"
    rises = turned["accuracy"].where(~resrep, 1.2 - 0.8 * (turned["level"] == 0.2))
    ece = -of_resnet(table)["ece"]
    assert otherwise(claims_of("grid", turned.assign(accuracy=rises, ece=ece), "resnet8"), "fails", RESNETS) == {}
    rises = turned["accuracy"].where(~resrep, 0.7 + 0.2 * turned["level"])
    worse = turned.assign(accuracy=rises, ause=table["ause"] + table["level"], ece=table["ece"])
    assert otherwise(claims_of("grid", worse, "vgg19"), "fails", VGGS) == {}


def test_criteria_that_differ_by_chance_alone_are_alike(table):
    """The best of a seed is always better than its worst: which ones these are, other seeds must say."""
    noise = np.random.default_rng(2).normal(0.7, 0.02, len(table))
    many = pd.concat([table.assign(seed=table["seed"] + 4 * k) for k in range(15)])
    noisy = many.assign(accuracy=np.resize(np.random.default_rng(3).permutation(np.tile(noise, 15)), len(many)))
    apart = grid_measures.apart("accuracy")(noisy)
    assert len(apart) == 60
    assert claims_of("grid", noisy)["verdict"]["S1.criteria-alike.accuracy"] == "holds"
    better = noisy["accuracy"] + 0.03 * (noisy["criterion"] == "l1")
    assert claims_of("grid", noisy.assign(accuracy=better))["verdict"]["S1.criteria-alike.accuracy"] == "fails"


def test_a_network_that_learnt_nothing_decides_nothing_and_breaks_nothing(table):
    same = table.assign(accuracy=0.1, error=0.9, ause=0.0, ece=0.3)
    found = claims_of("grid", same)
    assert (found["verdict"] == "not decidable here").all()
    assert found.loc[GENERAL, "reason"].str.endswith("10 % of the images: too near to chance").all()


def test_a_run_of_other_parameters_breaks_no_rule(table):
    cut = {
        "one level": table[table["level"].isin([0.0, 0.5])], "level 0.8 is missing": table[table["level"] < 0.8],
        "one criterion": table[~table["criterion"].isin(["random", "bn", "hrank", "resrep"])],
        "one method": table[table["method"] == "msp"], "no control": table[table["criterion"].isin(grid.CRITERIA)],
        "no AUSE": table.assign(ause=None, ause_mean=None, auroc_mean=None),
    }  # fmt: skip
    for network in ("convnet", "resnet8", "vgg19"):
        found = {name: claims_of("grid", one, network) for name, one in cut.items()}
        assert found["one level"].loc["S1.msp-ece-recovers", "verdict"] == "not decidable here"
        assert found["one criterion"].loc["S1.criteria-alike.ause", "reason"].startswith("the run has nothing")
        assert found["one method"].loc["S1.ensemble-most-accurate", "reason"].startswith("the run has nothing")
        assert found["no AUSE"].loc["S1.step-by-step.ause", "reason"].startswith("the run has nothing")
        assert (found["no control"].drop(index=RESNETS + VGGS)["verdict"].isin(["holds", "not decidable here"])).all()
    nothing = grid_claims.table(lambda part: pd.DataFrame())
    assert claims.check(grid_claims.CLAIMS, nothing)["reason"].unique().tolist() == ["no such run is kept"]


def test_the_claims_table_names_parts_and_the_grid_s_network(study):
    whole = grid_claims.table(study.run)
    assert whole["part"].unique().tolist() == ["answer", "grid", "skips"]
    assert "curve" not in whole
    assert (whole.loc[whole["part"] == "grid", "network"] == "convnet").all()
    counts = whole.groupby("part").size()
    assert counts.to_dict() == {part: len(study.run(part)) for part in ("answer", "grid", "skips")}
    assert len(claims.check(grid_claims.CLAIMS, whole)) == len(grid_claims.CLAIMS)


def skips_where(aligned, misaligned):
    """Accuracies of L1 and batch norm in a residual network, pruned both ways."""
    dense = [
        {"seed": seed, "level": 0.0, "criterion": "dense", "alignment": "dense", "accuracy": 0.95} for seed in range(3)
    ]
    rows = [
        {"seed": seed, "level": level, "criterion": name, "alignment": alignment, "accuracy": accuracy - level / 10}
        | {"accuracy_before": 0.3 + accuracy / 2}
        for seed in range(3)
        for level in (0.4, 0.8)
        for alignment, values in (("aligned", aligned), ("misaligned", misaligned))
        for name, accuracy in zip(("l1", "bn"), values, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(dense + rows)


def test_the_claim_on_skips_follows_its_table():
    found = claims_of("skips", skips_where((0.9, 0.8), (0.71, 0.7)))
    assert found["verdict"].tolist() == ["holds"]
    np.testing.assert_allclose(found["value"], [0.145])
    before = grid_measures.aligned_gain("accuracy_before")(skips_where((0.9, 0.8), (0.71, 0.7)))
    np.testing.assert_allclose(before, [0.0725] * 3)
    assert claims_of("skips", skips_where((0.71, 0.7), (0.9, 0.8)))["verdict"].tolist() == ["fails"]
    alone = claims_of("skips", skips_where((0.9, 0.8), (0.71, 0.7)).query("alignment != 'misaligned'"))
    assert alone["verdict"].tolist() == ["not decidable here"]
    dense = claims_of("skips", skips_where((0.9, 0.8), (0.71, 0.7)).query("level == 0"))
    assert dense["reason"].str.startswith("the run has nothing").all()


def test_claims_leave_out_seeds_whose_rows_come_from_two_trainings(table):
    """As when half of a grid was kept from another machine: its dense networks are not these."""
    named = table.assign(cut_from=table["seed"].astype(str) + table["method"])
    pd.testing.assert_frame_equal(claims_of("grid", named), claims_of("grid", table))
    of_other = (named["seed"] == 2) & (named["method"] == "ensemble") & (named["criterion"] == "l1")
    mixed = named.assign(cut_from=named["cut_from"].where(~of_other, "other"))
    found = claims_of("grid", mixed)
    assert (found.loc[GENERAL, "seeds"] == 3).all()
    pd.testing.assert_frame_equal(found, claims_of("grid", table[table["seed"] != 2]))
    everywhere = named.assign(cut_from=named["cut_from"].where(named["level"] > 0, "other"))
    reasons = claims_of("grid", everywhere).loc[GENERAL, "reason"].unique().tolist()
    assert reasons == ["in no seed are all networks cut from the same trained ones"]


def test_skips_pair_only_rows_of_one_network(study):
    skips = study.run("skips")
    gain = grid_measures.aligned_gain("accuracy")
    assert len(gain(grid_measures.pairs(skips))) == 2
    one = (skips["seed"] == 1) & (skips["alignment"] == "aligned") & (skips["criterion"] == "l1")
    mixed = skips.assign(cut_from=skips["cut_from"].where(~one, "other"))
    assert gain(grid_measures.pairs(mixed)).index.tolist() == [0]


def test_claims_of_s1_carry_its_own_numbers():
    printed = {claim.id: claim.printed for claim in grid_claims.CLAIMS if claim.source == "S1"}
    random, l1, bn, hrank = (66.77, 66.86, 66.29, 66.56)
    fell = np.mean([random, l1, bn, hrank]) - 77.97
    vgg = np.mean([58.51, 55.36, 58.16, 60.47]) - 72.61
    assert printed["S1.accuracy-falls.msp"] == pytest.approx((fell + vgg) / 200)
    assert printed["S1.resrep-collapses.mc_dropout"] == pytest.approx(
        0.0154 - np.mean([65.85, 67.15, 66.92, 67.26]) / 100
    )
    assert printed["S1.resrep-flat"] == pytest.approx(0.6710 - 0.6656)
    assert printed["S1.little-resrep-helps"] == pytest.approx(0.7392 - 0.7324)
    at_08, at_06 = np.mean([0.949, 1.007, 0.992, 0.906]), np.mean([1.146, 1.192, 1.208, 1.167])
    assert printed["S1.msp-ece-recovers"] == pytest.approx((at_08 - at_06) / 10)
    # S1 calls its criteria similar; on VGG19 they are five points apart at level 0.8.
    assert printed["S1.criteria-alike.accuracy"] > 0.01 > printed["S1.criteria-alike.ause"]
    assert np.isfinite(list(printed.values())).all()


def test_facts_are_the_table_s_numbers(table):
    found = grid_facts.measures(table)
    alike = table.query("method == 'msp' and criterion in ['random', 'l1', 'bn', 'hrank'] and level == 0.8")
    seeds = alike.groupby("seed")["ause"].mean()
    assert found["ause-msp-high"] == f"{seeds.mean():.3f} ± {seeds.std():.3f}"
    by_hand = table.query("method == 'mc_dropout' and criterion not in ['earlier', 'trained on']")
    cost = (by_hand["ause"] * 2 / 3).groupby(by_hand["seed"]).mean()  # of `ause_mean`, a third
    np.testing.assert_allclose(grid_facts.logit_cost(table, "mc_dropout"), cost)
    logits = torch.tensor([[[9.0, 0.0], [1.0, 0.0]], [[5.0, 0.0], [2.0, 0.0]]])  # the larger logit varies more
    ranking = grid_facts.ranking(table)
    assert (ranking["chance-ensemble"], ranking["cells-ensemble"]) == (64, 64)
    assert grid_facts.rises({"ensemble": logits}) == {"rises-ensemble": "+1.00"}


def test_accuracy_regained_is_paired_by_seed_and_skips_are_aligned_less_misaligned(table):
    cut = table.assign(accuracy_before=table["accuracy"] - 0.25 - 0.01 * table["seed"])
    np.testing.assert_allclose(grid_facts.regained(cut, 0.8), [0.25, 0.26, 0.27, 0.28])
    said = grid_facts.before_after(cut, [0.2, 0.8], classes=10)
    assert said["guess"] == "0.10"
    best = max(grid_facts.at(cut, name, 0.8, "accuracy_before").mean() for name in ("random", "l1", "bn", "hrank"))
    assert said["cut-high"] == f"{best:.2f}"
    rows = [
        {"seed": seed, "level": level, "criterion": "l1", "alignment": alignment, "accuracy": accuracy}
        | {"accuracy_before": accuracy / 2}
        for seed in range(2)
        for level in (0.0, 0.5)
        for alignment, accuracy in (("aligned", 0.9), ("misaligned", 0.7 - 0.1 * seed))
    ]
    cost = grid_measures.aligned_gain("accuracy")(pd.DataFrame(rows))
    np.testing.assert_allclose(cost, [0.2, 0.3])
    said = grid_facts.skip_connections(pd.DataFrame(rows), pd.DataFrame(rows[:4]))
    assert said["skip-before"].startswith("+0.125 (−0.")
    assert (said["skip-large"], said["skip-seeds"]) == ("+0.200", 1)
    shown = grid_tables.skip_connections(pd.DataFrame(rows))
    assert shown.loc[(0.5, "misaligned"), "after fine-tuning"] == "0.650 ± 0.071"


def test_s1_s_tables_say_which_orders_are_worse_than_random():
    worse = grid_facts.s1_worse_than_random()
    assert worse.loc["ResNet18"].to_dict() == {"ensemble": 16, "mc_dropout": 16, "msp": 0}
    assert grid_facts.s1_correlations().loc[("VGG19", "msp"), "ece"] < -0.9


def test_s1_s_page_has_each_of_its_counts_and_correlations(table):
    said = grid_facts.error_rate(table)
    assert (said["s1-worse-ImageNet-ensemble"], said["s1-ece-VGG19-msp"], said["s1-all"]) == (8, "−0.98", 18)


def test_figures_show_the_table_s_numbers(table):
    drawn = grid_figures.accuracy_ause(table)
    paths = drawn.fig.axes[0].collections
    assert len(paths) == 5
    areas = paths[0].get_sizes()
    assert spearmanr(areas, [0.0, 0.2, 0.4, 0.8])[0] == pytest.approx(1)
    at = paths[1].get_offsets()[0]
    dense = table[(table["method"] == "msp") & (table["criterion"] == "dense")]
    np.testing.assert_allclose(at, [dense["ause"].mean(), dense["accuracy"].mean()])
    assert "softmax: AUSE for random rises from" in drawn.alt
    before = grid_figures.before_after(table.assign(accuracy_before=0.25))
    np.testing.assert_allclose(before.fig.axes[0].lines[0].get_ydata(), 0.25)
    assert len(before.fig.axes[1].lines) == 4


def test_the_sparsification_plot_has_the_mean_curve_of_every_method(study):
    rows = study.run("grid")
    drawn = grid_figures.sparsification(rows, "l1", 0.5)
    chosen = rows.query("criterion == 'l1' and level == 0.5 and method == 'mc_dropout'")
    by_hand = np.mean([json.loads(text)["error"] for text in chosen["curve"]], axis=0)
    np.testing.assert_allclose(drawn.fig.axes[2].lines[0].get_ydata(), by_hand)
    assert drawn.fig.axes[0].get_ylim()[1] >= by_hand.max()
    assert f"MC dropout {plus_minus(chosen['ause'])}" in drawn.alt


def test_changes_are_those_beside_the_dense_network_trained_on(table):
    """A pruned network was trained for longer: had it only gained by that, nothing would have been pruning's doing."""
    better = table.assign(accuracy=table["accuracy"] + 0.05 * (table["criterion"] == "trained on"))
    before, after = (grid_measures.change("msp", "accuracy")(one) for one in (table, better))
    np.testing.assert_allclose(after, before - 0.05)


def test_the_grid_may_have_fewer_levels_than_the_answer(tmp_path):
    few = grid.GridStudy(**SMALL | {"grid_levels": [0.5]}, out=str(tmp_path))
    levels = {name: sorted({one["level"] for one in few.parts[name].cells(few)}) for name in ("answer", "grid")}
    assert levels == {"answer": [0.0, 0.25, 0.5], "grid": [0.0, 0.5]}


def test_errors_are_ranked_beside_a_dense_network_of_equal_accuracy(table):
    assert (grid_equal.ranking_less_equal("msp")(table) < -0.02).all()
    # Were AUROC to follow the accuracy, pruned or not, pruning would have done nothing.
    follows = table.assign(auroc_mean=0.5 + table["accuracy_mean"] / 2)
    same = grid_equal.ranking_less_equal("msp")(follows)
    np.testing.assert_allclose(same, 0, atol=1e-9)
    alone = table[table["criterion"] != "earlier"].assign(accuracy_mean=table["accuracy_mean"] - 0.1 * table["level"])
    assert len(grid_equal.ranking_less_equal("msp")(alone)) == 0


def test_earlier_epochs_are_the_same_training_s(study):
    """An epoch that was kept is what a shorter training ends with; the last is the dense network itself."""
    spec = study.spec(recipe=study.recipe | {"epochs": 3})
    shorter = study.spec(recipe=study.recipe | {"epochs": 2})
    early, now = grid_bases.bases(spec, 0, 2, epoch=2), grid_bases.bases(spec, 0, 2)
    for one, other, last in zip(early.members, grid_bases.bases(shorter, 0, 2).members, now.members, strict=True):
        torch.testing.assert_close(one.fc1.weight, other.fc1.weight)
        assert not torch.equal(one.fc1.weight, last.fc1.weight)
    assert early.checks == now.checks
    single = spec | {"network": "resnet8", "channels": [2], "dropout": None}
    (one,), (last,) = grid_bases.bases(single, 0, 1, epoch=1).members, grid_bases.bases(single, 0, 1).members
    assert not same(one, last)


def test_a_cell_has_the_earlier_epochs_as_rows(study):
    rows = pd.DataFrame(grid_work.work(cell(study, "earlier", 0.0)))
    assert rows.groupby("epoch")["method"].agg(list).to_dict() == {1: ["msp", "ensemble", "mc_dropout"]}
    dense = pd.DataFrame(grid_work.work(cell(study, "dense", 0.0)))
    assert dense["epoch"].tolist() == [2, 2, 2]
    assert rows["cut_from"].tolist() == dense["cut_from"].tolist()


def test_hrank_s_images_hold_every_class_of_a_training_part_sorted_by_class(study):
    loaded = grid_bases.load_data(study.spec(training_images=1000), 0)
    order = loaded.train.labels.argsort(stable=True)
    apart = data.make("sorted", loaded.train.take(order), loaded.validation, loaded.test, loaded.classes)
    shown = grid_bases.images_for_hrank(apart, seed=0)
    assert shown.shape == (640, 1, 8, 8)
    known = {
        image.numpy().tobytes(): int(label)
        for image, label in zip(apart.normalise(apart.train.images), apart.train.labels, strict=True)
    }
    counts = np.bincount([known[image.numpy().tobytes()] for image in shown], minlength=10)
    assert counts.min() >= 60


def test_the_grid_may_have_fewer_seeds_than_the_answer(tmp_path):
    few = grid.GridStudy(**SMALL | {"seeds": 3, "grid_seeds": 1}, out=str(tmp_path))
    seeds = {name: sorted({one["seed"] for one in part.cells(few)}) for name, part in few.parts.items()}
    assert seeds == {"answer": [0, 1, 2], "bases": [0], "grid": [0], "networks": [0, 1, 2], "skips": [0]}


def test_precision_is_in_the_rows_and_not_in_the_keys(study, tmp_path):
    other = grid.GridStudy(**SMALL | {"precision": "float32"}, out=str(tmp_path))
    for part in ("answer", "bases", "grid", "skips"):
        assert job_of(study, part).keys == job_of(other, part).keys
    assert set(study.run("bases")["precision"]) == {"float32"}
