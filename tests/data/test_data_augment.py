"""Crops and mirror images."""

import torch

from pruneuq_helpers import data


def numbered(count):
    """Copies of one image in which every pixel differs."""
    return torch.arange(1, 13, dtype=torch.uint8).reshape(1, 1, 3, 4).repeat(count, 2, 1, 1)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_every_result_is_a_crop_of_the_padded_image_or_its_mirror_and_all_occur():
    padded = torch.zeros(2, 5, 6, dtype=torch.uint8)
    padded[:, 1:4, 1:5] = numbered(1)[0]
    crops = [padded[:, top : top + 3, left : left + 4] for top in range(3) for left in range(3)]
    possible = {tuple(image.flatten().tolist()) for crop in crops for image in (crop, crop.flip(2))}
    found = {tuple(image.flatten().tolist()) for image in data.crop_flip(numbered(600), generator(), pad=1)}
    assert found == possible


def test_without_flip_the_crops_are_the_same_and_none_is_mirrored():
    flipped, plain = (data.crop_flip(numbered(200), generator(1), pad=2, flip=flip) for flip in (True, False))
    mirrored = (flipped != plain).flatten(1).any(1)
    assert torch.equal(flipped[~mirrored], plain[~mirrored])
    assert torch.equal(flipped[mirrored], plain[mirrored].flip(3))
    assert 60 < int(mirrored.sum()) < 140


def test_nothing_to_move_changes_nothing():
    assert torch.equal(data.crop_flip(numbered(5), generator(), pad=0, flip=False), numbered(5))


def test_a_seed_gives_the_same_crops_and_leaves_the_global_state_alone():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = data.crop_flip(numbered(50), generator(7))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, data.crop_flip(numbered(50), generator(7)))
    assert not torch.equal(first, data.crop_flip(numbered(50), generator(8)))
