"""How good a network gets, and in how many minutes: accuracy, ECE and NLL over seeds, by precision.

Usage: ``python benchmarks/recipes.py DATA [--network resnet10] [--widths 32] [--epochs 8] [--seeds 3]
[--precision float32 auto] [--part validation|test]``

DATA is a name that ``data.load`` takes, such as ``imagefolder:data/cifar10-jpeg``. A recipe is chosen on the validation
part; on the test part it is looked at once. One thread; the time is the processor time of the training alone, which
other work beside it hardly moves.
"""

import argparse
import time
from dataclasses import replace
from functools import partial

import pandas as pd
import torch

from pruneuq_helpers import data, metrics, models, training, uncertainty


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--root", default="data")
    parser.add_argument("--network", default="resnet10")
    parser.add_argument("--widths", type=int, nargs="+", default=[32])
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--weight-decay", type=float, default=1e-3)
    parser.add_argument("--optimiser", default="sgd")
    parser.add_argument("--pad", type=int, default=2, help="of the random crops; 0 for plain images")
    parser.add_argument("--no-flip", action="store_true")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--precision", nargs="+", default=["float32", "auto"])
    parser.add_argument("--part", choices=("validation", "test"), default="validation")
    parser.add_argument("--images", type=int, default=0, help="of the training part; 0 for all")
    return parser.parse_args()


def parts(chosen: argparse.Namespace) -> data.Data:
    """What is learnt from, and judged on as the test part; for the last look validation images are learnt too."""
    loaded = data.load(chosen.data, root=chosen.root)
    if chosen.part == "validation":
        return replace(loaded, test=loaded.validation)
    both = [
        torch.cat([getattr(one, name) for one in (loaded.train, loaded.validation)]) for name in ("images", "labels")
    ]
    none = loaded.validation.take(torch.arange(0))
    return data.make(loaded.name, data.Part(*both), none, loaded.test, loaded.classes)


def fresh(chosen: argparse.Namespace, loaded: data.Data, seed: int) -> torch.nn.Module:
    torch.manual_seed(seed)
    residual = chosen.network.startswith("resnet")
    widths = {"width": chosen.widths[0]} if residual else {"conv": chosen.widths}
    return models.build(chosen.network, len(loaded.classes), loaded.input_shape, **widths)


def row(chosen: argparse.Namespace, loaded: data.Data, seed: int, precision: str) -> dict:
    network = fresh(chosen, loaded, seed)
    start = time.process_time()
    training.train(
        network,
        loaded,
        seed=seed,
        augment=partial(data.crop_flip, pad=chosen.pad, flip=not chosen.no_flip) if chosen.pad else None,
        precision=precision,
        epochs=chosen.epochs,
        batch=chosen.batch,
        optimiser=chosen.optimiser,
        learning_rate=chosen.rate,
        weight_decay=chosen.weight_decay,
        nesterov=True,
        schedule="one-cycle",
    )
    minutes = (time.process_time() - start) / 60
    logits = uncertainty.ensemble([network], loaded.test.images, normalise=loaded.normalise)[0]
    probs, labels = uncertainty.softmax(logits), loaded.test.labels
    measured = {name: getattr(metrics, name)(probs, labels) for name in ("accuracy", "ece", "nll")}
    return {"precision": training.precision_on("cpu", precision), "seed": seed} | measured | {"core minutes": minutes}


def main() -> None:
    torch.set_num_threads(1)
    chosen = arguments()
    loaded = parts(chosen)
    if chosen.images:
        loaded = replace(loaded, train=loaded.train.take(torch.arange(chosen.images)))
    network = fresh(chosen, loaded, 0)
    size = f"{metrics.parameters(network):,} parameters, {metrics.macs(network, loaded.input_shape):,} multiply-adds"
    print(f"{chosen.network}: {size}; {len(loaded.train)} images, judged on {len(loaded.test)} of {chosen.part}")
    rows = []
    for precision in dict.fromkeys(training.precision_on("cpu", one) for one in chosen.precision):
        for seed in range(chosen.seeds):
            rows.append(row(chosen, loaded, seed, precision))
            print(
                "  ".join(f"{name} {value:.4g}" if name != "precision" else value for name, value in rows[-1].items())
            )
    table = pd.DataFrame(rows).drop(columns="seed").groupby("precision").agg(["mean", "std"])
    print(table.round(4).to_string())


if __name__ == "__main__":
    main()
