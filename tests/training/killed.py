"""A training that its parent kills: run as a program, with the checkpoint and the file for the weights."""

import sys
import time
from pathlib import Path

import torch

from pruneuq_helpers import data, training

EPOCHS = 8


def train(checkpoint, on_epoch=None):
    """Everything a checkpoint must carry: momentum, dropout, batch norm, augmentation, schedule, best weights."""
    torch.manual_seed(1)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.ReLU(), torch.nn.Flatten(),
        torch.nn.Dropout(0.3), torch.nn.Linear(144, 10),
    )  # fmt: skip
    return training.train(
        model, data.load("digits"), seed=4, epochs=EPOCHS, optimiser="adam", learning_rate=0.01, schedule="cosine",
        patience=EPOCHS, augment=data.crop_flip, checkpoint=checkpoint, on_epoch=on_epoch,
    )  # fmt: skip


def linger(model, row):
    """Say which epoch is done, and leave the parent time to kill."""
    print(row["epoch"], flush=True)
    time.sleep(0.2)


if __name__ == "__main__":
    torch.set_num_threads(1)
    result = train(Path(sys.argv[1]), linger)
    torch.save(result.model.state_dict(), sys.argv[2])
