"""Everything that may run on a GPU runs on one that is pretended, and gives what the processor gives."""

import pandas as pd
import pytest
import torch
from pretended import OnGPU, pretended_gpu

from pruneuq_helpers import data, models, population, training
from pruneuq_helpers.chapters import CHAPTERS
from pruneuq_helpers.chapters.aleatoric_regression import line, study
from pruneuq_helpers.planning import plan
from pruneuq_helpers.regression import fit
from pruneuq_helpers.study import Networks
from pruneuq_helpers.study.parts import networks_in
from pruneuq_helpers.study.profiles import parameters


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
        model = models.build("resnet8", 10, (1, 8, 8), width=16)
        recipe = {"optimiser": "sgd", "learning_rate": 0.05, "schedule": "cosine"}
        trained = training.train(model, digits, epochs=2, batch=64, device=device, augment=data.crop_flip, **recipe)
        logits = training.predict(trained.model, digits.test.images, normalise=digits.normalise, device=device)
        return logits.cpu()

    here = trained("cpu")
    with gpu():
        assert torch.equal(trained("cuda"), here)


def results(chapter, device: str, folder) -> list[tuple]:
    """A cell of every kind in the chapter's smallest profile, with what works on it."""
    made = chapter.study(**parameters(chapter.name, "smoke") | {"out": str(folder), "device": device})
    with networks_in(made.network_store):
        found = [(kind.part, kind.work(kind.cells[0])) for kind in plan.kinds(made)]
    weights = [part for part, of in made.parts.items() if isinstance(of, Networks)]
    return [
        (part, {name: value.cpu() for name, value in rows.items()} if part in weights else rows) for part, rows in found
    ]


@pytest.fixture
def few_steps(monkeypatch):
    """Chapter 1 fits its lines in thousands of steps, each like the first; that they converge is tested elsewhere."""

    def fitted(model, start, x, y, rate=0.01, steps=1000, **more):
        return fit(model, start, x, y, rate, min(steps, 200), **more)

    for module in (line, study):
        monkeypatch.setattr(module, "fit", fitted)


@pytest.mark.long
@pytest.mark.usefixtures("few_steps")
@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_the_study_of_every_chapter_is_the_same_there(chapter, gpu, tmp_path):
    here = results(chapter, "cpu", tmp_path / "here")
    with gpu():
        there = results(chapter, "cuda", tmp_path / "there")
    assert len(here) > 0
    timed = {name for part in chapter.study.parts.values() for name in getattr(part, "timed", ())}
    # Chapter 10 lays images out as suits a GPU, which rounds otherwise: by 1e-8, also where two ECEs hardly differ.
    close = {"rtol": 1e-5, "atol": 1e-7} if chapter.number == "10" else {"check_exact": True}
    for (part, rows), (_, others) in zip(here, there, strict=True):
        if isinstance(chapter.study.parts[part], Networks):
            assert rows.keys() == others.keys()
            assert all(torch.equal(value, others[name]) for name, value in rows.items())
        else:
            frames = (table(found).drop(columns=timed, errors="ignore") for found in (rows, others))
            pd.testing.assert_frame_equal(*frames, **close)


def table(found) -> pd.DataFrame:
    """The rows of a cell; of a part that stacks, those of its one cell."""
    return pd.DataFrame(found[0] if isinstance(found, list) and not isinstance(found[0], dict) else found)
