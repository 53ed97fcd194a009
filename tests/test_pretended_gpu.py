"""Everything that may run on a GPU runs on one that is pretended, and gives what the processor gives."""

import pandas as pd
import pytest
import torch
import yaml
from pretended import OnGPU, pretended_gpu

from pruneuq_helpers import data, models, population, training
from pruneuq_helpers.declared import notebook_parameters
from pruneuq_helpers.parameters import repository
from pruneuq_helpers.planning import parts, plan

NOTEBOOKS = sorted((repository() / "notebooks").glob("[01]*.ipynb"))


@pytest.fixture
def gpu(monkeypatch):
    """The pretence, to be entered for a while."""
    return lambda: pretended_gpu(monkeypatch)


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


def test_the_pretence_refuses_what_a_gpu_refuses(gpu):
    with gpu():
        there, here = torch.zeros(3, device="cuda"), torch.zeros(3)
        assert there.device == torch.device("cuda", 0)
        with pytest.raises(RuntimeError, match="add got tensors on cuda:0 and on cpu"):
            there + here
        with pytest.raises(RuntimeError, match="a generator for cpu was used elsewhere"):
            torch.rand(3, device="cuda", generator=torch.Generator())
        with pytest.raises(RuntimeError, match="numpy"):
            there.numpy()
        assert isinstance(there + 1, OnGPU)
        assert (there + here.to(there)).tolist() == [0, 0, 0]
        assert not isinstance(there.cpu(), OnGPU)


@pytest.mark.parametrize(
    ("network", "options"),
    [
        (population.mlp(64, 20, 10), {"patience": 1, "batch": 32}),
        (population.convnet((1, 8, 8), (4, 6), (10,), 10, batch_norm=True), {"optimiser": "sgd", "momentum": 0.9}),
        (population.mlp(64, 20, 10), {"schedule": population.Gradual([0.5, 0.7, 0.9], begin=2, end=8, every=2)}),
    ],
    ids=["mlp, early stopping", "convnet with batch norm", "gradual pruning"],
)
def test_a_population_is_the_same_there(network, options, gpu, digits):
    def trained(device):
        images, labels = digits.normalise(digits.train.images[:200]), digits.train.labels[:200]
        watched = digits.normalise(digits.validation.images[:100]), digits.validation.labels[:100]
        words = {"validation": watched} | options if "patience" in options else options
        found = population.train(network, images, labels, [0, 1, 2], epochs=3, device=device, **words)
        return found, found.predict(images).cpu()

    here, logits = trained("cpu")
    with gpu():
        there, logits_there = trained("cuda")
        for state, other in zip(here.states, there.states, strict=True):
            assert all(torch.equal(value, other[name].cpu()) for name, value in state.items())
    assert torch.equal(logits, logits_there)


def test_one_network_is_the_same_there(gpu, digits):
    def trained(device):
        torch.manual_seed(0)
        model = models.build("resnet8", 10, (1, 8, 8), width=4)
        recipe = {"optimiser": "sgd", "learning_rate": 0.05, "schedule": "cosine", "channels_last": True}
        trained = training.train(model, digits, epochs=2, batch=64, device=device, augment=data.crop_flip, **recipe)
        logits = training.predict(trained.model, digits.test.images, normalise=digits.normalise, device=device)
        return logits.cpu()

    here = trained("cpu")
    with gpu():
        assert torch.equal(trained("cuda"), here)


def cells(notebook, device: str, folder) -> list[tuple]:
    """A cell of every kind in the chapter's smallest profile, with what works on it."""
    profile = repository() / "notebooks" / "parameters" / "smoke" / f"{notebook.stem}.yaml"
    values = notebook_parameters(notebook) | yaml.safe_load(profile.read_text(encoding="utf-8"))
    study = parts.study_of(notebook, values | {"out": str(folder), "device": device})
    return [(kind.cells[0], kind.part.work) for kind in plan.kinds(parts.read(notebook, study)[0])]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_study_of_every_chapter_is_the_same_there(notebook, gpu, tmp_path):
    here = [work(cell) for cell, work in cells(notebook, "cpu", tmp_path / "here")]
    with gpu():
        there = [work(cell) for cell, work in cells(notebook, "cuda", tmp_path / "there")]
    assert len(here) > 0
    # Chapter 10 lays images out as suits a GPU, which rounds otherwise.
    close = {"rtol": 1e-5} if notebook.stem.startswith("10") else {"check_exact": True}
    for rows, others in zip(map(table, here), map(table, there), strict=True):
        pd.testing.assert_frame_equal(rows, others, **close)


def table(rows) -> pd.DataFrame:
    return pd.DataFrame(rows)
