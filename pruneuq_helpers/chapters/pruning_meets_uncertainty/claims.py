"""What S1 says of pruning and uncertainty, and what the book asks besides, as rules that chapter 7's table decides.

The rules were fixed before the runs that they judge; what S1's own numbers give is `printed`. A pruned network trained
for longer than the dense one it was cut from, so the control is the dense one trained on for as long; S1 has none.
"""

from collections.abc import Callable
from functools import partial

import pandas as pd

from pruneuq_helpers.chapters.pruning_meets_uncertainty.claims_answer import ANSWER_CLAIMS
from pruneuq_helpers.chapters.pruning_meets_uncertainty.equal import less_equal
from pruneuq_helpers.chapters.pruning_meets_uncertainty.measures import (
    Measure,
    aligned_gain,
    all_cells,
    apart,
    at_highest,
    below_highest,
    change,
    dense_accuracy,
    ensemble_ahead,
    least_step,
    less_alike,
    less_msp,
    of_one_training,
    over_cells,
    pairs,
)
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paper import as_ours
from pruneuq_helpers.claims import Claim, above_chance, only

PARTS = ("answer", "grid", "skips")
METHODS = {"msp": "softmax", "ensemble": "ensembles", "mc_dropout": "MC dropout"}
SAMPLED = {name: word for name, word in METHODS.items() if name != "msp"}
VGG = only("network", "vgg_small", "vgg19")
RESNET = only("network", "resnet8", "resnet10", "resnet18", "resnet18_224")


def table(run: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """What the claims read: the answer, the grid and the skips, each row with its `part`; the curves are left out."""
    parts = {name: rows for name in PARTS if len(rows := run(name))}
    networks = parts["answer"]["network"].unique() if "answer" in parts else ()
    if "grid" in parts and len(networks) == 1:  # the grid's rows do not say it; a run has one
        parts["grid"] = parts["grid"].assign(network=networks[0])
    tables = [rows.drop(columns="curve", errors="ignore").assign(part=name) for name, rows in parts.items()]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _printed(measure: Measure, *settings: str) -> float:
    """The measure in S1's own numbers, which hold one training: a mean over its networks."""
    return float(pd.concat([measure(as_ours(setting)) for setting in settings]).mean())


CIFAR = ("ResNet18", "VGG19")
HIGHEST = "at the highest level minus dense trained on"
_GRID = (above_chance(dense_accuracy), of_one_training)


def _s1_claim(
    name: str, place: str, quote: str, short: str, finding: str, effect: str, measured: str, measure: Measure,
    direction: str = ">", settings: tuple[str, ...] = CIFAR, network=None,
) -> Claim:  # fmt: skip
    return Claim(
        f"S1.{name}", "07", "S1", place, quote, short, finding, effect, measured, _paired(measure), direction,
        part="grid", needs=(network, *_GRID) if network else _GRID, printed=_printed(measure, *settings),
    )  # fmt: skip


def _paired(measure: Measure) -> Measure:
    return lambda table: measure(pairs(table))


_on_resnets = partial(_s1_claim, settings=("ResNet18",), network=RESNET)
_on_vggs = partial(_s1_claim, settings=("VGG19",), network=VGG)

_RISES_AND_FALLS = "the ECE worsens during the pruning and improves at a sparsity of 0.8"
_STEP_BY_STEP = "the accuracy and the AUSE get worse with a higher pruning sparsity"
_SIMILAR = "all pruning methods, except ResRep pruning, have similar degradation of AUSE and accuracy"
_LESS = "influence on the MSP is smaller than on the other uncertainty approaches"
_APART = "the best minus the worst criterion as the other seeds have them, mean over levels:"

_S1_CLAIMS = [
    *(
        _s1_claim(
            f"accuracy-falls.{method}", "§6.2", "The AUSE and accuracy become worse with higher pruning rates",
            f"accuracy falls, {word}", f"Pruning costs accuracy ({word}).",
            f"accuracy {HIGHEST}", "accuracy", change(method, "accuracy"), "<",
        )
        for method, word in METHODS.items()
    ),
    *(
        _s1_claim(
            f"ause-worsens.{method}", "§6.2",
            "for all uncertainty and pruning methods, the AUSE, like the accuracy, decreases",
            f"AUSE worsens, {word}", f"Pruning makes AUSE worse ({word}, as S1 measures it).",
            f"AUSE {HIGHEST}", "AUSE", change(method, "ause"),
        )
        for method, word in METHODS.items()
    ),
    *(
        _s1_claim(
            f"ece-worsens.{method}", "§6.2",
            "Using bootstrapped ensembles or MC dropout decreases the ECE with a higher pruning rate",
            f"ECE worsens, {word}",
            f"Pruning makes the ECE of {word} worse (variance stretched by min and max).",
            f"ECE {HIGHEST}", "ECE", change(method, "ece"),
        )
        for method, word in SAMPLED.items()
    ),
    *(
        _s1_claim(
            f"msp-suffers-less.{method}", "§7", _LESS, f"softmax suffers less than {word}",
            f"Pruning harms the softmax's AUSE less than that of {word}.",
            "change of softmax's AUSE minus change of the other's, highest level", "AUSE",
            less_msp(method, "ause"), "<",
        )
        for method, word in SAMPLED.items()
    ),
    *(
        _s1_claim(
            f"ause-follows-error.{method}", "§6.2", "the AUSE and accuracy are correlated",
            f"AUSE follows the error, {word}", f"AUSE follows the error rate ({word}).",
            "correlation of AUSE and error rate over the cells of a seed", "correlation", over_cells(method, "ause"),
        )
        for method, word in METHODS.items()
    ),
    _s1_claim(
        "step-by-step.accuracy", "App. E", _STEP_BY_STEP, "accuracy falls at each single step",
        "Accuracy falls at every level, not at the highest alone (softmax).",
        "accuracy, the step to the next level that costs least", "accuracy", least_step("accuracy", -1), "<",
    ),
    _s1_claim(
        "step-by-step.ause", "App. E", _STEP_BY_STEP, "AUSE worsens at each single step",
        "AUSE gets worse at every level, not at the highest alone (softmax).",
        "AUSE, the step to the next level that worsens least", "AUSE", least_step("ause", 1),
    ),
    _s1_claim(
        "criteria-alike.accuracy", "§6.2", _SIMILAR, "criteria alike in accuracy",
        "After fine-tuning the criteria but ResRep are alike in accuracy.",
        f"{_APART} accuracy", "accuracy", apart("accuracy"), "=",
    ),
    _s1_claim(
        "criteria-alike.ause", "§6.2", _SIMILAR, "criteria alike in AUSE",
        "After fine-tuning the criteria but ResRep are alike in AUSE (softmax).",
        f"{_APART} AUSE", "AUSE", apart("ause"), "=",
    ),
    _s1_claim(
        "criteria-alike.ece", "§6.2", "The ECE behaves equally for the random, L1, BN, and HRank pruning method",
        "criteria alike in ECE", "After fine-tuning the criteria but ResRep are alike in ECE (softmax).",
        f"{_APART} ECE", "ECE", apart("ece"), "=",
    ),
    _s1_claim(
        "ensemble-most-accurate", "App. E",
        "For the bootstrapped ensemble, the accuracy is higher than for the other approaches",
        "ensembles are most accurate", "An ensemble is more accurate than softmax and MC dropout, pruned or not.",
        "accuracy of the ensemble minus the better of the two others, mean of all cells", "accuracy", ensemble_ahead,
    ),
    _on_resnets(
        "msp-ece-rises", "§6.2", _RISES_AND_FALLS, "softmax's ECE rises below 0.8",
        "On a ResNet the softmax's ECE grows at the levels below 0.8 ...",
        "ECE, mean over levels below 0.8, minus dense trained on", "ECE", below_highest("ece"),
    ),
    _on_resnets(
        "msp-ece-recovers", "§6.2", _RISES_AND_FALLS, "softmax's ECE shrinks again at 0.8",
        "... and shrinks again at 0.8.",
        "ECE at level 0.8 minus the level before", "ECE", at_highest("ece"), direction="<",
    ),
    *(
        _on_resnets(
            f"resrep-collapses.{method}", "§6.2", quote, f"ResRep collapses at 0.8, {METHODS[method]}",
            f"On a ResNet, ResRep costs more accuracy than the other criteria at level 0.8 ({METHODS[method]}).",
            "accuracy at level 0.8 minus that of the other criteria", "accuracy", less_alike(method), direction="<",
        )
        for method, quote in (
            ("msp", "the accuracy drops quickly with a pruning sparsity of 0.8"),
            ("mc_dropout", "degeneration of the accuracy near to random with MC dropout during ResRep pruning"),
        )
    ),
    _s1_claim(
        "little-resrep-helps", "§6.2", "the accuracy improves for a pruning rate of 0.2", "a little ResRep helps",
        "Ensembles of ResNets from which ResRep takes a fifth are more accurate than dense ones (S1: on ImageNet).",
        "accuracy of ensembles at level 0.2 minus dense trained on", "accuracy",
        change("ensemble", "accuracy", ("resrep",), level=0.2), settings=("ImageNet",), network=RESNET,
    ),
    _on_vggs(
        "msp-ece-improves", "§6.2", "The MSP improves the neural network calibration for higher pruning sparsities",
        "softmax's ECE improves", "On a VGG, pruning makes the softmax's ECE better.",
        f"ECE {HIGHEST}", "ECE", change("msp", "ece"), direction="<",
    ),
    _on_vggs(
        "small-levels-help", "§6.2", "the pruning sparsities 0.2, 0.4, and 0.6 have a better uncertainty performance",
        "AUSE improves below 0.8", "On a VGG, levels below 0.8 make the softmax's AUSE better.",
        "AUSE, mean over levels below 0.8, minus dense trained on", "AUSE", below_highest("ause"), direction="<",
    ),
    _on_vggs(
        "resrep-drops", "§6.2", "the performance of ResRep drops with the pruning sparsity 0.2",
        "ResRep drops at 0.2", "On a VGG, ResRep costs accuracy at level 0.2 (softmax) ...",
        "accuracy at level 0.2 minus dense trained on", "accuracy",
        change("msp", "accuracy", ("resrep",), level=0.2), direction="<",
    ),
    _on_vggs(
        "resrep-flat", "§6.2", "stays constant after the drop for the following sparsities",
        "ResRep is flat after 0.2", "... and no more at the levels after it.",
        "accuracy at level 0.8 minus level 0.2", "accuracy",
        change("msp", "accuracy", ("resrep",), level=0.8, since=0.2), direction="=",
    ),
]  # fmt: skip

_ours = partial(Claim, chapter="07", source="book", place="ch. 7", quote="", needs=_GRID)
_OUR_CLAIMS = [
    _ours(
        "book.msp-suffers-less-by-probs.ensemble",
        short="softmax loses less by probs, ensembles",
        finding="Pruning harms the softmax's AUSE less than that of ensembles ranked by mean probabilities.",
        effect="change of softmax's AUSE minus change of the other's, highest level",
        measured="AUSE", measure=_paired(less_msp("ensemble", "ause_mean")), direction="<", part="grid",
    ),
    _ours(
        "book.worse-than-chance.mc_dropout",
        short="logit variance below chance, MC dropout",
        finding="Removing images by the logit variance of MC dropout is worse than removing them at random.",
        effect="area gained over random removal (AURG), mean of all cells",
        measured="AURG", measure=_paired(all_cells("mc_dropout", "aurg")), direction="<", part="grid",
    ),
    _ours(
        "book.errors-at-equal-accuracy.ensemble",
        short="errors harder to detect, ensembles",
        finding="Pruning makes the errors of ensembles harder to detect, beside dense networks of equal accuracy.",
        effect="AUROC of errors minus that of an earlier epoch of equal accuracy, mean of all pruned cells",
        measured="AUROC", measure=_paired(less_equal("ensemble")), direction="<", part="grid",
    ),
    _ours(
        "book.misaligned-costs-after",
        short="misaligned skips cost, fine-tuned",
        finding="Misalignment costs accuracy that fine-tuning does not win back.",
        effect="accuracy after fine-tuning, aligned minus misaligned",
        measured="accuracy", measure=_paired(aligned_gain("accuracy")), part="skips",
    ),
]  # fmt: skip

CLAIMS = [*ANSWER_CLAIMS, *_S1_CLAIMS, *_OUR_CLAIMS]
