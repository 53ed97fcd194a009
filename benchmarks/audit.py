"""What an audit without fine-tuning spends its time on: ResNet18, four levels, four criteria, 32×32 images.

Usage: ``python benchmarks/audit.py [--images 2500]``; seconds are the processor's, on one thread.
"""

import argparse
import cProfile
import pstats
import time

import torch

from pruneuq_helpers import audit, data
from pruneuq_helpers.data.vision import torchvision

SHARES = {
    "predictions": ("predict.py", "predict"),
    "statistics taken again": ("norms.py", "statistics_again"),
    "temperatures": ("temperature.py", "fit_temperature"),
    "resamples": ("bootstrap.py", "resampled"),
    "paired resamples": ("bootstrap.py", "resampled_pairs"),
    "ranks of maps (hrank)": ("hrank.py", "hrank_scores"),
    "tracing and proof": ("removal.py", "find_removal"),
    "costs": ("costs.py", "cost"),
}


def images(count: int, seed: int) -> data.Part:
    draws = torch.Generator().manual_seed(seed)
    return data.Part(
        torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8, generator=draws), torch.arange(count) % 10
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=2500)
    count = parser.parse_args().images
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = torchvision.models.resnet18(num_classes=10)
    parts = (images(count, 0), images(max(30, count // 10), 1), images(count, 2))
    noise = data.make("noise", *parts, classes=[str(number) for number in range(10)])
    profile = cProfile.Profile(time.process_time)
    found = profile.runcall(audit.examine, network, noise)
    stats = pstats.Stats(profile)
    print(f"{len(found.networks)} networks, {count} test images: {stats.total_tt:.0f} s")
    for what, (file, function) in SHARES.items():
        seconds = sum(
            row[3] for (path, _, name), row in stats.stats.items() if path.endswith(file) and name == function
        )
        print(f"{what:24} {seconds:6.1f} s  {seconds / stats.total_tt:4.0%}")


if __name__ == "__main__":
    main()
