"""The numbers of chapter 4's text, a section at a time."""

import pandas as pd

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.uncertainty_metrics import measures
from pruneuq_helpers.chapters.uncertainty_metrics.draw import BINS
from pruneuq_helpers.chapters.uncertainty_metrics.tables import experiment, printed_ause
from pruneuq_helpers.claims import contrast, with_interval
from pruneuq_helpers.claims.contrast import Contrast
from pruneuq_helpers.text import plus_minus

ENSEMBLE, DROPOUT = "ensemble", "dropout"
LOGITS, PROBS = "logit variance", "probability variance"
CORRELATIONS = ("rho-logit", "rho-prob")


def contrasts(table: pd.DataFrame) -> dict[str, Contrast]:
    """What the sentences of the text rest on: one value a seed, with the interval of the mean."""
    one = ("one network", "MSP")
    by_name = {
        "too-sure": measures.too_sure,
        "ece-gain": measures.gained_by_scaling("ece"),
        "nll-gain": measures.gained_by_scaling("nll"),
        "listing": measures.ause_of(*one, "ause_listing"),
        "file-order": measures.order_matters,
        "rho-logit": measures.ause_of(ENSEMBLE, LOGITS, "with_confidence"),
        "rho-prob": measures.ause_of(ENSEMBLE, PROBS, "with_confidence"),
        "logit-behind": measures.behind((ENSEMBLE, LOGITS), one),
        "prob-behind": measures.behind((ENSEMBLE, PROBS), one),
        "dropout": measures.ause_of(DROPOUT, LOGITS, "aurg"),
        "dealt-softmax": measures.dealing("mean softmax"),
        "dealt-prob": measures.dealing(PROBS),
        "dealt-logit": measures.dealing(LOGITS),
        "off": measures.off_the_error,
        "ece-calibrated": measures.when_calibrated("ece"),
        "uce-calibrated": measures.when_calibrated("uce"),
        "few": measures.few_samples,
        "two-fpr95": measures.two_fpr95,
    }
    return {name: contrast(measure(table)) for name, measure in by_name.items()}


def intervals(seen: dict[str, Contrast]) -> dict:
    """Each contrast as a number with its interval."""
    return {name: with_interval(found, 2 if name in CORRELATIONS else 3) for name, found in seen.items()}


def bins(probs, labels) -> dict:
    """The lowest and the highest ECE over the numbers of bins on the slider."""
    numbers = {}
    for kind in ("width", "mass"):
        values = [metrics.ece(probs, labels, number, kind) for number in BINS]
        numbers |= {f"{kind}-lowest": min(values), f"{kind}-highest": max(values)}
    return numbers


def scaling(table: pd.DataFrame) -> dict:
    """The ECE of one network after temperature scaling."""
    return {"ece-after": plus_minus(measures.by_seed(table, "temperature", "ece", source="one network", state="after"))}


def ties(table: pd.DataFrame) -> dict:
    """Shares of tied images, and the AUSE of the sharpest softmax by what is done with them."""
    most = experiment(table, "ties")["sharpness"].max()

    def value(column: str, way: str, digits: int = 3) -> str:
        return plus_minus(measures.by_seed(table, "ties", column, way=f"float32, {way}", sharpness=most), digits)

    return {
        "factor": f"{most:g}",
        "tied-most": value("tied", "average", 2),
        "ties-first": value("ause", "mistakes first"),
        "ties-last": value("ause", "mistakes last"),
    }


def variances(table: pd.DataFrame) -> dict:
    """How one network's softmax and the variances of an ensemble rank: areas."""
    ranked = {"one": ("one network", "MSP"), "ensemble-logit": (ENSEMBLE, LOGITS), "ensemble-prob": (ENSEMBLE, PROBS)}
    return {f"ause-{name}": plus_minus(measures.ause_of(*which)(table)) for name, which in ranked.items()}


def printed() -> dict:
    """In how many of S1's unpruned rows the AUSE is worse than that of a random order."""
    rows = printed_ause()
    return {"printed-worse": int((rows["AUSE"] > rows["random order"]).sum()), "printed-rows": len(rows)}


def few_images(table: pd.DataFrame) -> dict:
    """The ECE of a calibrated network on the fewest and on the most images."""
    rows = experiment(table, "bias")
    usual = min(rows["bins"].unique(), key=lambda number: abs(number - 15))
    means = rows[rows["bins"] == usual].groupby("samples")["ece"].mean()
    return {
        "few-images": int(min(means.index, key=lambda number: abs(number - 100))),
        "bias-bins": int(usual),
        "bias-few": int(means.index[0]),
        "bias-few-ece": float(means.iloc[0]),
        "bias-many": int(means.index[-1]),
        "bias-many-ece": float(means.iloc[-1]),
    }


def bootstrap(table: pd.DataFrame) -> dict:
    """How often the bootstrap interval of an ECE contains the truth."""
    rows = experiment(table, "interval")
    inside = (rows["low"] <= rows["truth"]) & (rows["truth"] <= rows["high"])
    return {"interval-hits": float(inside.mean())}


def detection(table: pd.DataFrame) -> dict:
    """AUROC and both FPR95 on the classes held out."""
    rows = experiment(table, "foreign")
    held_out = rows[rows["foreign"] == "held out"]
    columns = {"auroc": "auroc", "fpr95-out": "fpr95_out", "fpr95-in": "fpr95_in"}
    return {name: plus_minus(held_out[column], 2) for name, column in columns.items()}


def best_temperatures(table: pd.DataFrame) -> dict:
    """The temperatures with the lowest mean ECE on own and on foreign images."""
    means = experiment(table, "sweep").groupby("temperature")[["ece", "foreign_ece"]].mean()
    return {"best-own": f"{means['ece'].idxmin():g}", "best-foreign": f"{means['foreign_ece'].idxmin():g}"}
