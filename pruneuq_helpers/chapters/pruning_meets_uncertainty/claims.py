"""What S1 says of pruning and uncertainty, and the book's own answer, as rules that the table of chapter 7 decides.

The rules were fixed before the larger runs that they judge; what S1's own numbers give is `printed`. A pruned network
was trained for longer than the dense one that it was cut from, so it is compared with the dense network trained on for
as long; S1 has no such control.
"""

from collections.abc import Callable

import pandas as pd

from pruneuq_helpers.chapters.pruning_meets_uncertainty.equal import ranking_less_equal
from pruneuq_helpers.chapters.pruning_meets_uncertainty.measures import (
    Measure,
    aligned_gain,
    aligned_spread,
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
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paired import EQUAL, less
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paired import change as change_of_one
from pruneuq_helpers.chapters.pruning_meets_uncertainty.paper import printed
from pruneuq_helpers.claims import Claim, above_chance, only

PARTS = ("answer", "grid", "skips")
METHODS = {"msp": "softmax", "ensemble": "ensembles", "mc_dropout": "MC dropout"}
SAMPLED = {name: word for name, word in METHODS.items() if name != "msp"}
VGG = only("network", "vgg_small", "vgg19")
RESNET = only("network", "resnet8", "resnet10", "resnet18", "resnet18_224")
LEVELS = (0.4, 0.8)  # of the answer: about a third of the parameters stay, and a twentieth


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
    return float(pd.concat([measure(_s1(setting)) for setting in settings]).mean())


def _s1(setting: str) -> pd.DataFrame:
    """S1's table of one network in the form of ours."""
    keys = ["setting", "method", "uncertainty", "level"]
    ause, ece = (printed(metric).rename(columns={"value": metric}) for metric in ("ause", "ece"))
    both = ause.merge(ece[[*keys, "ece"]], on=keys).query("setting == @setting")
    dense = both[(both["level"] == 0) & (both["method"] == "l1")].assign(method="dense")
    rows = pd.concat([dense, both[both["level"] > 0]]).rename(columns={"method": "criterion", "uncertainty": "method"})
    return rows.assign(seed=0, error=1 - rows["accuracy"])


CIFAR = ("ResNet18", "VGG19")
HIGHEST = "at the highest level minus dense trained on"


def _s1_claim(
    name: str, place: str, quote: str, short: str, finding: str, effect: str, measured: str, measure: Measure,
    direction: str = ">", settings: tuple[str, ...] = CIFAR, network=None,
) -> Claim:  # fmt: skip
    needs = (above_chance(dense_accuracy), of_one_training)
    return Claim(
        f"S1.{name}", "07", "S1", place, quote, short, finding, effect, measured, _paired(measure), direction,
        part="grid", needs=(network, *needs) if network else needs, printed=_printed(measure, *settings),
    )  # fmt: skip


def _paired(measure: Measure) -> Measure:
    return lambda table: measure(pairs(table))


def _on_resnets(*words, direction: str = ">") -> Claim:
    return _s1_claim(*words, direction, ("ResNet18",), RESNET)


def _on_vggs(*words, direction: str = ">") -> Claim:
    return _s1_claim(*words, direction, ("VGG19",), VGG)


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
        "step-by-step.accuracy", "App. E", _STEP_BY_STEP, "accuracy falls at every level",
        "Accuracy falls at every level, not at the highest alone (softmax).",
        "accuracy, the step to the next level that costs least", "accuracy", least_step("accuracy", -1), "<",
    ),
    _s1_claim(
        "step-by-step.ause", "App. E", _STEP_BY_STEP, "AUSE worsens at every level",
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
        "msp-ece-recovers", "§6.2", _RISES_AND_FALLS, "softmax's ECE shrinks at 0.8", "... and shrinks again at 0.8.",
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


def _book(
    name: str, short: str, finding: str, effect: str, measured: str, measure: Measure, direction: str, part: str,
    needs=(),
) -> Claim:  # fmt: skip
    return Claim(
        f"book.{name}", "07", "book", "ch. 7", "", short, finding, effect, measured, measure, direction, part=part,
        needs=needs,
    )  # fmt: skip


def _longer(table: pd.DataFrame) -> pd.Series:
    """Accuracy of the dense networks trained on."""
    return table.loc[table["state"] == "trained on", "accuracy"]


_CAN_TELL = (above_chance(_longer),)
DENSE, TRAINED_ON = {"state": "as trained"}, {"state": "trained on"}
# Of each measure: what it is called, whose margin it has, what is expected, and in a few words.
MEASURES = {
    "accuracy": ("accuracy", "accuracy", "accuracy", "<", "accuracy falls"),
    "ece": ("ece", "ECE", "ECE", ">", "ECE rises"),
    "nll": ("nll", "NLL in nats", "NLL", ">", "NLL rises"),
    "brier": ("brier", "Brier score", "Brier", ">", "Brier score rises"),
    "errors": ("auroc_errors", "AUROC of errors", "AUROC", "<", "errors harder to detect"),
    "near": ("auroc_near", "AUROC of near images", "AUROC", "<", "near images harder to detect"),
    "far": ("auroc_far", "AUROC of far images", "AUROC", "<", "far images harder to detect"),
    "changed": ("changed", "share of predictions changed", "changed", ">", "more predictions change"),
}
SCRATCH = {
    "accuracy": "more accurate",
    "ece": "better calibrated",
    "nll": "of lower NLL",
    "near": "better at near images",
}
OPPOSITE = {"<": ">", ">": "<"}


def _pruned(level: float, criterion: str = "l1", state: str = "fine-tuned") -> dict:
    return {"criterion": criterion, "state": state, "level": level}


def _of_answer(name: str, short: str, finding: str, effect: str, measured: str, measure: Measure, direction: str):
    return _book(f"answer.{name}", short, finding, effect, measured, measure, direction, "answer", _CAN_TELL)


def _less(column: str, one: dict, other: dict) -> Measure:
    return lambda table: less(table, column, one, other)


def _less_equal(column: str, level: float) -> Measure:
    return lambda table: change_of_one(table, column, level, EQUAL) if column in table else []


def _fine_tuned(name: str, level: float) -> Claim:
    column, title, measured, direction, short = MEASURES[name]
    return _of_answer(
        f"{name}.{level:g}", f"{short} at {level:g}",
        f"Pruned to level {level:g} by L1 and fine-tuned, beside the dense network trained on for as long: {short}.",
        f"{title} at level {level:g} minus dense trained on", measured,
        _less(column, _pruned(level), TRAINED_ON), direction,
    )  # fmt: skip


def _from_scratch(name: str, level: float) -> Claim:
    column, title, measured, direction, _ = MEASURES[name]
    better = SCRATCH[name]
    return _of_answer(
        f"scratch.{name}.{level:g}", f"{better} than scratch, {level:g}",
        f"Pruned to level {level:g} by L1 and fine-tuned, a network is {better} than one as small that is trained from "
        "scratch by the same recipe.",
        f"{title} at level {level:g} minus that of the small network from scratch", measured,
        _less(column, _pruned(level), {"state": "from scratch", "level": level}), OPPOSITE[direction],
    )  # fmt: skip


_ANSWER_CLAIMS = [
    *(_fine_tuned(name, level) for name in MEASURES for level in LEVELS),
    *(_from_scratch(name, level) for name in SCRATCH for level in LEVELS),
    _of_answer(
        "equal-accuracy.ece", "ECE higher at equal accuracy",
        "At level 0.8 ECE is higher than that of the dense network at the epoch at which it was as accurate.",
        "ECE at level 0.8 minus that of an earlier epoch of equal accuracy", "ECE", _less_equal("ece", 0.8), ">",
    ),
    _of_answer(
        "equal-accuracy.errors", "errors harder to detect, equal accuracy",
        "At level 0.8 errors are harder to detect than those of the dense network at the epoch at which it was as "
        "accurate.",
        "AUROC of errors at level 0.8 minus that of an earlier epoch of equal accuracy", "AUROC",
        _less_equal("auroc_errors", 0.8), "<",
    ),
    _of_answer(
        "random.accuracy", "L1 more accurate than random, 0.8",
        "Fine-tuned at level 0.8, L1 leaves a more accurate network than random channels do.",
        "accuracy at level 0.8, L1 minus random", "accuracy",
        _less("accuracy", _pruned(0.8), _pruned(0.8, "random")), ">",
    ),
    _of_answer(
        "random.ece", "L1 better calibrated than random, 0.8",
        "Fine-tuned at level 0.8, L1 leaves a better calibrated network than random channels do.",
        "ECE at level 0.8, L1 minus random", "ECE", _less("ece", _pruned(0.8), _pruned(0.8, "random")), "<",
    ),
    _of_answer(
        "cut.accuracy", "accuracy falls as cut, 0.4", "Cut to level 0.4 by L1 and left so, a network loses accuracy.",
        "accuracy as cut minus dense", "accuracy", _less("accuracy", _pruned(0.4, state="as cut"), DENSE), "<",
    ),
    _of_answer(
        "cut.gap", "too sure of itself as cut, 0.4",
        "Cut to level 0.4 by L1 and left so, a network is too sure of itself by more than the dense one is.",
        "confidence minus accuracy, as cut minus dense", "confidence",
        _less("gap", _pruned(0.4, state="as cut"), DENSE), ">",
    ),
    _of_answer(
        "statistics.ece", "batch norm's statistics mend ECE, 0.4",
        "Taking the statistics of batch norm again lowers the ECE of a network cut to level 0.4.",
        "ECE with the statistics taken again minus as cut", "ECE",
        _less("ece", _pruned(0.4, state="statistics"), _pruned(0.4, state="as cut")), "<",
    ),
]  # fmt: skip

_GRID = (above_chance(dense_accuracy), of_one_training)
_OUR_MEASURES = [
    *(
        _book(
            f"msp-suffers-less-by-probs.{method}", f"softmax loses less by probs, {word}",
            f"Pruning harms the softmax's AUSE less than that of {word} ranked by mean probabilities.",
            "change of softmax's AUSE minus change of the other's, highest level", "AUSE",
            _paired(less_msp(method, "ause_mean")), "<", "grid", _GRID,
        )
        for method, word in SAMPLED.items()
    ),
    *(
        _book(
            f"worse-than-chance.{method}", f"logit variance below chance, {word}",
            f"Removing images by the logit variance of {word} is worse than removing them at random.",
            "area gained over random removal (AURG), mean of all cells", "AURG",
            _paired(all_cells(method, "aurg")), "<", "grid", _GRID,
        )
        for method, word in SAMPLED.items()
    ),
    *(
        _book(
            f"errors-at-equal-accuracy.{method}", f"errors harder to detect, {word}",
            f"Pruning makes the errors of {word} harder to detect, beside dense networks of equal accuracy.",
            "AUROC of errors minus that of an earlier epoch of equal accuracy, mean of all pruned cells", "AUROC",
            _paired(ranking_less_equal(method)), "<", "grid", _GRID,
        )
        for method, word in SAMPLED.items()
    ),
]  # fmt: skip

_SKIP_CLAIMS = [
    _book(
        "misaligned-alike", "misaligned skips: criteria more alike",
        "Misaligned skip connections make the criteria more alike than aligned ones.",
        "best minus worst criterion in accuracy, aligned minus misaligned", "accuracy",
        _paired(aligned_spread), ">", "skips", _GRID,
    ),
    _book(
        "misaligned-costs-before", "misaligned skips cost, as cut", "Misalignment costs accuracy before fine-tuning.",
        "accuracy right after the cut, aligned minus misaligned", "accuracy",
        _paired(aligned_gain("accuracy_before")), ">", "skips", _GRID,
    ),
    _book(
        "misaligned-costs-after", "misaligned skips cost, fine-tuned",
        "Misalignment costs accuracy that fine-tuning does not win back.",
        "accuracy after fine-tuning, aligned minus misaligned", "accuracy",
        _paired(aligned_gain("accuracy")), ">", "skips", _GRID,
    ),
]  # fmt: skip

CLAIMS = [*_ANSWER_CLAIMS, *_S1_CLAIMS, *_OUR_MEASURES, *_SKIP_CLAIMS]
