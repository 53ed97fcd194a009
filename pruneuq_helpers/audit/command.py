"""The command `pruneuq audit`."""

import os
import re
import shutil
import sys
from pathlib import Path

import click

from pruneuq_helpers.errors import ParameterError

_EPILOG = """\b
FOLDER holds train/ and test/ (or validation/), each with a folder of images a class;
or train.npz and test.npz (or validation.npz) with `images` and `labels`;
or it is one .npz file with train_images, train_labels, test_images, test_labels.
Images in arrays are [N, C, H, W], labels [N].

\b
Example:
  pruneuq audit --model net.py:build --weights net.safetensors --data photos --out report
"""


@click.command(epilog=_EPILOG)
@click.option(
    "--model",
    required=True,
    metavar="FILE.py:FUNCTION",
    help="Your own code, which is RUN: the function is "
    "called without arguments and returns the network, a torch.nn.Module that gives logits.",
)
@click.option(
    "--weights",
    required=True,
    metavar="FILE",
    help="Its weights: .safetensors, or .pt/.pth/.bin/.ckpt with a "
    "state_dict. Read as data: nothing in the file is run.",
)
@click.option("--data", "folder", required=True, metavar="FOLDER", help="Images with their classes; see below.")
@click.option(
    "--levels", default="0.2,0.4,0.6,0.8", show_default=True, help="Fractions of the channels of each layer to remove."
)
@click.option(
    "--criteria", help="What ranks channels: some of random,l1,bn,hrank. [default: all that the network allows]"
)
@click.option(
    "--fine-tune",
    default=0,
    show_default=True,
    metavar="EPOCHS",
    help="Train on after each removal; the dense network is then trained on as long, as a control.",
)
@click.option(
    "--seeds", default=1, show_default=True, help="Of the fine-tuning; a level is safe where it is with every seed."
)
@click.option("--learning-rate", default=1e-3, show_default=True, help="Of the fine-tuning (Adam).")
@click.option("--train-batch", default=64, show_default=True, help="Images a step of the fine-tuning.")
@click.option("--ood", metavar="FOLDER", help="Images of none of the classes: how well are they told apart?")
@click.option("--groups", metavar="FILE.csv", help="A group for each test image, in the order of the test images.")
@click.option(
    "--safe",
    "rules",
    multiple=True,
    metavar="MEASURE=MARGIN",
    help="A level is safe where MEASURE gets worse by "
    "less than MARGIN, its whole interval; can be repeated. Measures: accuracy, ece, nll, brier, ause, auroc, "
    "class_recall, group_accuracy, changed. [default: accuracy=0.01 ece=0.02 class_recall=0.1]",
)
@click.option("--confidence", default=0.95, show_default=True, help="Of the choice of a level, and of the intervals.")
@click.option(
    "--keep",
    metavar="safe|LEVEL",
    help="Write a pruned network into the report's folder: the one that is chosen as safe, or the best of a level. "
    "`pruneuq_helpers.audit.apply(build(), FOLDER)` makes it again.",
)
@click.option(
    "--export", metavar="FORMS", help="Write the kept network also as torch (torch.export), onnx, or both: torch,onnx."
)
@click.option(
    "--hold-out",
    default=0.0,
    show_default=True,
    metavar="SHARE",
    help="Test images that decide nothing, and measure the chosen network's changes once more.",
)
@click.option("--repairs/--no-repairs", default=True, show_default=True, help="Try what mends without training.")
@click.option(
    "--normalise",
    default="data",
    show_default=True,
    help="What the network expects: data (mean 0 and deviation "
    "1 over the training images), scale (0 to 1), imagenet, or MEANS/DEVIATIONS such as 0.5,0.5,0.5/0.2,0.2,0.2. "
    "Arrays of floats are taken as they are, unless MEANS/DEVIATIONS say otherwise.",
)
@click.option("--size", type=int, help="Scale images to so many pixels and cut the middle square.")
@click.option("--channels", type=int, help="1 (grey) or 3 (colour). [default: what the first image is]")
@click.option("--batch", default=256, show_default=True, help="Images a prediction; fewer take less memory.")
@click.option("--resamples", default=1000, show_default=True, help="Of the bootstrap.")
@click.option("--repeats", default=20, show_default=True, help="How often a prediction is timed.")
@click.option("--timed-batch", default=1, show_default=True, help="Images in a timed prediction.")
@click.option("--seed", default=0, show_default=True, help="Of random choices.")
@click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")
@click.option(
    "--out",
    default="audit",
    show_default=True,
    metavar="DIR",
    help="Folder of the report: new, empty, or an earlier report, which is replaced.",
)
def audit(**options) -> None:
    """Prune a network of your own at several levels, and report which of them are safe.

    The report is one HTML page that reads offline, with its tables as CSV beside it.
    The file of --model is your own code and is run like any program: do not audit code that you do not trust.
    """
    try:
        page, sentences = _audited(**options)
    except ParameterError as error:
        raise click.ClickException(in_options(audit, " ".join(str(error).split())) + _saved(options["out"])) from None
    except KeyboardInterrupt:
        click.echo(f"Error: stopped{_saved(options['out'])}", err=True)
        sys.exit(130)
    for sentence in sentences:
        click.echo(sentence)
    click.echo(f"The report is {page}")


def _saved(out: str) -> str:
    left = Path(f"{out}.unfinished")
    return f"; what was measured until then lies in {left}" if os.path.isdir(left) else ""


def in_options(command: click.Command, sentence: str) -> str:
    """The package speaks of its parameters; who types a command knows its options."""
    options = {item.name: item.opts[0] for item in command.params if isinstance(item, click.Option)}
    options |= {"data": "--data", "level": "--levels", "confidence_level": "--confidence"}
    options |= dict.fromkeys(("safe", "rules"), "--safe")
    names = "|".join(sorted(options, key=len, reverse=True))
    sentence = re.sub(rf"(?<!layer )`({names})`", lambda found: f"`{options[found[1]]}`", sentence)
    return sentence.replace("parameter `--", "option `--")


def _audited(
    *,
    model,
    weights,
    folder,
    levels,
    criteria,
    rules,
    confidence,
    keep,
    export,
    normalise,
    size,
    channels,
    ood,
    groups,
    out,
    **rest,
):
    """Everything that is slow or may fail, imported here: `pruneuq --help` needs none of it."""
    from pruneuq_helpers.audit.comparison import read_groups
    from pruneuq_helpers.audit.examination import examine
    from pruneuq_helpers.audit.export import check_formats
    from pruneuq_helpers.audit.failures import one_sentence
    from pruneuq_helpers.audit.folder import check_folder, check_unfinished
    from pruneuq_helpers.audit.inputs import load_data, load_outsiders
    from pruneuq_helpers.audit.network import build_network, load_weights
    from pruneuq_helpers.audit.report import FILES, MARK, write_report
    from pruneuq_helpers.audit.rules import margins
    from pruneuq_helpers.audit.settings import settings_of
    from pruneuq_helpers.audit.wording import beginning, words

    settings = rest | {"levels": _levels(levels), "criteria": _names(criteria), "confidence_level": confidence}
    settings |= {"keep": _level_or_safe(keep), "export": _forms(export)}
    settings |= {"rules": margins(rules, "parameter `safe`")} if rules else {}
    check_formats(settings_of(settings).export)
    check_folder(out, FILES, MARK)
    unfinished = check_unfinished(out, FILES)
    with one_sentence(f"the weights {weights} could not be read into the network", "it takes its `state_dict()`"):
        network = load_weights(build_network(model), weights)
    with one_sentence(f"the images of {folder} could not be read", "it takes images, or arrays of them"):
        data = load_data(folder, normalise, size, channels)
        outsiders = None if ood is None else load_outsiders(ood, data)
    named = None if groups is None else read_groups(groups)
    told = {"tell": lambda text: click.echo(text, err=True), "groups": named, "unfinished": unfinished}
    with one_sentence("the audit failed", "this should not happen: please report it"):
        found = examine(network, data, outsiders, **told, **settings)
        page = write_report(found, out, _files(model, weights))
        shutil.rmtree(unfinished, ignore_errors=True)
        return page, [beginning(found), *found.notes, *words(found), *_kept(found, out, page.parent)]


def _kept(found, out: str, folder: Path) -> list[str]:
    """What was kept, and in which forms."""
    from pruneuq_helpers.audit.export import FILES

    if found.kept is None:
        return []
    there = [name for form, name in FILES.items() if form in found.settings.export and (folder / name).is_file()]
    return [" and as ".join([f"{found.kept.label} is kept in {out}", *there])]


def _levels(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in re.split(r"[,\s]+", text.strip()))
    except ValueError:
        raise ParameterError(f"parameter `levels` got {text!r}; it takes numbers such as 0.2,0.5") from None


def _level_or_safe(text: str | None) -> str | float | None:
    try:
        return float(text) if text not in (None, "safe") else text
    except ValueError:
        return text  # the settings say what it takes


def _forms(text: str | None) -> tuple[str, ...]:
    """Forms of the kept network: none without the option, and with it one or more."""
    if text is not None and not _names(text):
        raise ParameterError(f"parameter `export` got {text!r}; it takes some of torch, onnx")
    return _names(text) or ()


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(part for part in re.split(r"[,\s]+", text.strip()) if part)


def _files(model: str, weights: str) -> dict[str, str]:
    import hashlib

    def known(path: str) -> str:
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        return f"{Path(path).name} (sha256 {digest[:16]})"

    return {"model file": known(model.rpartition(":")[0]), "weights file": known(weights)}
