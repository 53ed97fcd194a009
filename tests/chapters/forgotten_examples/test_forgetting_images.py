"""Chapter 8's study: its parameters, its images and its schedule."""

import pytest
import torch
from forgetting_small import SMALL

from pruneuq_helpers import data
from pruneuq_helpers.chapters.forgotten_examples import images as forgetting_images
from pruneuq_helpers.chapters.forgotten_examples import networks as forgetting_networks
from pruneuq_helpers.chapters.forgotten_examples import study as forgetting
from pruneuq_helpers.errors import ParameterError


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"members": 3}, "`members` got 3"),
        ({"levels": [0.0, 0.5]}, "`levels` got 0.0 at position 0"),
        ({"begin": 0.6}, "`begin` got 0.6; it takes a share below `end`, 0.5"),
        ({"corrupted": 0.95}, "`corrupted` got 0.95"),
        ({"schedule": "cosine"}, "`schedule` got 'cosine'; networks that are trained together"),
        ({"augment": 4}, "`augment` got 4"),
        ({"precision": "bfloat16"}, "`precision` got 'bfloat16'; networks that are trained together"),
        ({"network": "resnet9"}, "`network` got 'resnet9'; it takes one of mlp, cnn, .*did you mean `resnet8`"),
        ({"controlled": [0.8]}, "`controlled` got 0.8; it takes some of `levels`, 0.5, 0.9"),
        ({"shorter": [2, 6]}, "`shorter` got 6; it takes numbers below `epochs`, 6"),
        ({"experiments": ["planted"]}, "`experiments` got .'planted'.; it takes a list with plain in it"),
        ({"grad": "both"}, "`grad` got 'both'; it takes one of masked, dense"),
        ({"split": 3}, "did you mean `splits`"),
    ],
)
def test_a_wrong_parameter_is_named(tmp_path, change, sentence):
    with pytest.raises(ParameterError, match=sentence):
        forgetting.ForgettingStudy(**SMALL | change, out=str(tmp_path))


def test_nobody_is_asked_about_what_was_learnt():
    where = {"root": "data", "download": False, "training_images": 500, "asked": "rest"}
    shown = forgetting_images.show(where, "digits", "plain", seed=3)
    raw = torch.cat([shown.data.train.images, shown.asked["test"].raw]).flatten(1)
    everything = data.load("digits")
    whole = torch.cat([getattr(everything, part).images for part in ("train", "validation", "test")]).flatten(1)
    assert len(raw) == len(whole)
    assert sorted(map(tuple, raw.tolist())) == sorted(map(tuple, whole.tolist()))


def test_planted_faults_are_where_the_groups_say():
    where = {"root": "data", "download": False, "training_images": 300, "asked": "test"}
    where |= {"wrong_labels": 0.1, "corrupted": 0.2, "learnt": 300}
    clean = forgetting_images.show(where, "digits", "plain", seed=0)
    shown = forgetting_images.show(where, "digits", "planted", seed=0)
    asked = shown.asked["train"]
    changed = (asked.raw != clean.data.train.images).flatten(1).any(1)
    assert torch.equal(asked.labels != asked.truth, asked.group == forgetting_images.PLANTED.index("wrong label"))
    assert changed[asked.group != forgetting_images.PLANTED.index("corrupted")].sum() == 0
    assert torch.bincount(asked.group).tolist() == [210, 30, 60]
    assert torch.equal(shown.train[1], asked.labels)
    few = forgetting_images.show(where | {"learnt": 40}, "digits", "planted", seed=0)
    assert torch.equal(few.train[0], shown.train[0])
    assert len(few.asked["train"].labels) == 40
    assert len(few.asked["test"].labels) == len(shown.asked["test"].labels)
    places = [(asked.raw == image).flatten(1).all(1).nonzero()[0, 0] for image in few.asked["train"].raw]
    assert torch.equal(few.asked["train"].group, asked.group[torch.stack(places)])


def test_groups_can_be_made_of_attributes():
    part = data.Part(
        torch.zeros(4, 1, 2, 2, dtype=torch.uint8),
        torch.tensor([0, 1, 1, 0]),
        attributes=torch.tensor([[True, False], [True, True], [False, False], [False, True]]),
    )
    whole = data.make("faces", part, part, part, ("dark", "blond"), attribute_names=("Male", "Young"))
    code, names = forgetting_images._groups(part, whole, ["Male", "Young"])
    said = [names[place] for place in code]
    assert said == ["dark, Male, not Young", "blond, Male, Young", "blond, not Male, not Young",
                    "dark, not Male, Young"]  # fmt: skip
    with pytest.raises(ParameterError, match="`attributes` got 'Old'; it takes some of Male, Young"):
        forgetting_images._groups(part, whole, ["Old"])
    with pytest.raises(ParameterError, match="`attributes` got none"):
        forgetting_images._groups(part, whole, [])


def test_the_schedule_is_s4s_in_shares():
    recipe = {"epochs": 1, "batch": 1, "begin": 1 / 80, "end": 0.25, "updates": 10, "grad": "dense"}
    plan = forgetting_networks.schedule(recipe, images=80_000, levels=0.9)
    assert (plan.begin, plan.end, plan.every, plan.grad) == (1000, 20_000, 2000, "dense")
    assert plan.steps() == list(range(2000, 20_001, 2000))


def test_a_schedule_of_few_steps_still_ends_at_the_level():
    recipe = {"epochs": 1, "batch": 64, "begin": 0.0, "end": 0.1, "updates": 10, "grad": "masked"}
    plan = forgetting_networks.schedule(recipe, images=100, levels=0.5)
    assert plan.level(plan.steps()[-1], 0.5) == 0.5
