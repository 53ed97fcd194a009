"""`pruneuq plan`: what a run will take, before it is begun."""

import tempfile
from pathlib import Path

import click

from pruneuq_helpers.commands.settings import Seconds

_MOST = 100_000  # workers


@click.command()
@click.argument("chapter")
@click.option("--profile", default="quick", help="As for `run`.")
@click.option("-p", "settings", multiple=True, metavar="NAME=VALUE", help="As for `run`.")
@click.option("--gpus", type=click.IntRange(1, _MOST), help="GPUs, or machines with one: the most workers to plan for.")
@click.option(
    "--workers", type=click.IntRange(1, _MOST), default=8, show_default=True, help="The most workers to plan for."
)
@click.option(
    "--images", type=click.IntRange(16, 10**9), default=512, show_default=True, help="To measure with, at most."
)
@click.option("--seconds", type=Seconds(), default=20, show_default=True, help="To measure a kind of cell.")
@click.option("--out", help="Folder of results, whose stored cells need not be measured (default: runs/).")
def plan(chapter, profile, settings, gpus, workers, images, seconds, out) -> None:
    """Say how long CHAPTER will take: a few cells are run, shortened, where no stored or kept cell tells.

    It needs the data that the profile names, as `run` does.
    """
    from pruneuq_helpers.chapters import find
    from pruneuq_helpers.commands.settings import setting
    from pruneuq_helpers.study.profiles import checkout, parameters

    which = find(chapter)
    values = parameters(which.name, profile) | dict(map(setting, settings))
    with tempfile.TemporaryDirectory() as folder:  # the study's own is left alone: planning stores nothing
        budget = {"images": images, "seconds": seconds}
        lines = _lines(which, values, gpus or workers, Path(out or checkout() / "runs"), Path(folder), **budget)
    click.echo("\n".join(lines))


def _lines(which, values: dict, most: int, out: Path, folder: Path, images: int, seconds: float) -> list[str]:
    import torch

    from pruneuq_helpers import checks
    from pruneuq_helpers.planning import plan as planning
    from pruneuq_helpers.text import duration

    device = values.get("device", "cpu")
    if not isinstance(device, str) or device.partition(":")[0] not in ("cpu", "cuda"):
        raise checks.refused("device", device, "cpu or cuda")
    if "out" in values:
        checks.text("out", values["out"], "the path of a folder")
    here = device == "cpu" or torch.cuda.is_available()
    study = which.study(**values | {"device": device if here else "cpu", "out": str(folder)})
    profile, place = study.profile, Path(study.profile) / which.name
    kinds = planning.kinds(study)
    each = planning.from_store(kinds, out / place / "cells") if here else planning.CELL_BYTES
    planning.from_kept(kinds, study, gpu=device != "cpu")
    _measure(kinds, images=images, budget=seconds, gpu=not here)

    durations = [seconds for kind in kinds for seconds in kind.durations()]
    networks = [kind.networks for kind in kinds if kind.networks is not None]
    lines = [f"{which.name}, profile {profile}, on {device}: {len(durations)} cells of {len(kinds)} kinds"]
    lines += [
        f"  {name}: {len(kind.cells)} of about {duration(kind.seconds)} ({kind.source})"
        for name, kind in zip(planning.labels(kinds), kinds, strict=True)
    ]
    lines += [f"{sum(networks)} networks are trained" if networks else "networks: not counted, for no cell was run"]
    if not here:
        lines += ["No GPU is here: seconds are counted, at 10 µs a call or 10 TFLOP/s, whichever is longer."]
    unit = "GPU-hours" if device == "cuda" else "core-hours"
    lines += [f"{sum(durations) / 3600:.2f} {unit} in all"]
    steps = sorted({1, most, *(2**k for k in range(most.bit_length()) if 2**k < most)})
    lines += [f"  {n:>3} worker(s): {duration(planning.makespan(durations, n))}" for n in steps]
    memory = torch.cuda.max_memory_allocated() if device == "cuda" and here else _peak_bytes()
    return lines + [
        f"memory of a worker: at least {memory / 1e9:.1f} GB, as measured with at most {images} training images",
        f"disk: about {len(durations) * each / 1e6:.1f} MB of stored cells",
    ]


def _measure(kinds: list, **words) -> None:
    """Measure what no stored cell tells; a terminal shows how far that is."""
    from tqdm import tqdm

    from pruneuq_helpers.planning import pilot
    from pruneuq_helpers.planning import plan as planning

    with tqdm(total=sum(not kind.source for kind in kinds), desc="kinds measured", leave=False, disable=None) as seen:

        def measured(cell, work):
            found = pilot.measure(cell, work, **words)
            seen.update()
            return found

        planning.from_pilots(kinds, measured)


def _peak_bytes() -> int:
    import resource  # not there on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
