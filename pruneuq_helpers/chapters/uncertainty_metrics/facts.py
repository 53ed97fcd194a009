"""The numbers of chapter 4's text, a section at a time."""

import numpy as np
import pandas as pd

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.uncertainty_metrics import measures
from pruneuq_helpers.chapters.uncertainty_metrics.draw import BINS
from pruneuq_helpers.chapters.uncertainty_metrics.tables import experiment
from pruneuq_helpers.claims import contrast, with_interval
from pruneuq_helpers.claims.contrast import Contrast
from pruneuq_helpers.text import plus_minus

ENSEMBLE, DROPOUT = "ensemble", "dropout"
LOGITS, PROBS = "logit variance", "probability variance"


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
        "rho-height": measures.ause_of(ENSEMBLE, LOGITS, "with_logit"),
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


def one_network(probs, labels) -> dict:
    """Share of right answers and mean confidence."""
    return {
        "one-accuracy": metrics.accuracy(probs, labels),
        "one-confidence": float(np.asarray(probs).max(axis=1).mean()),
    }


def bins(probs, labels) -> dict:
    """The lowest and the highest ECE over the numbers of bins on the slider."""
    numbers = {}
    for kind in ("width", "mass"):
        values = [metrics.ece(probs, labels, number, kind) for number in BINS]
        numbers |= {f"{kind}-lowest": min(values), f"{kind}-highest": max(values)}
    return numbers


def scaling(table: pd.DataFrame) -> dict:
    """One network before and after temperature scaling."""
    rows = experiment(table, "temperature")
    rows = rows[rows["source"] == "one network"].set_index("state")
    return {
        "gap-before": plus_minus(rows.loc[["before"], "gap"]),
        "ece-before": plus_minus(rows.loc[["before"], "ece"]),
        "ece-after": plus_minus(rows.loc[["after"], "ece"]),
    }


def listing(table: pd.DataFrame) -> dict:
    """The area of S1's listing as printed and put right, one network's MSP."""
    printed, right = (measures.ause_of("one network", "MSP", column)(table) for column in ("ause_listing", "ause"))
    return {"listing": plus_minus(printed), "ause": plus_minus(right)}


def ties(table: pd.DataFrame) -> dict:
    """Shares of tied images, and the AUSE of the sharpest softmax by what is done with them."""
    factors = experiment(table, "ties")["sharpness"]
    least, most = factors.min(), factors.max()

    def value(column: str, way: str, factor: float, digits: int = 3) -> str:
        return plus_minus(measures.by_seed(table, "ties", column, way=way, sharpness=factor), digits)

    return {
        "factor": f"{most:g}",
        "tied-least": value("tied", "float32, average", least, 2),
        "tied-most": value("tied", "float32, average", most, 2),
        "ties-first": value("ause", "float32, mistakes first", most),
        "ties-last": value("ause", "float32, mistakes last", most),
        "ties-average": value("ause", "float32, average", most),
        "ties-percentile": value("ause", "float32, percentile", most),
        "ties-exact": value("ause", "float64, average", most),
    }


def variances(table: pd.DataFrame) -> dict:
    """How the variances of logits and of probabilities rank: rank correlations with the confidence, and areas."""

    def value(column: str, source: str, uncertainty: str, digits: int = 3) -> str:
        return plus_minus(measures.ause_of(source, uncertainty, column)(table), digits)

    return {
        "rho-logit": value("with_confidence", ENSEMBLE, LOGITS, 2),
        "rho-prob": value("with_confidence", ENSEMBLE, PROBS, 2),
        "rho-height": value("with_logit", ENSEMBLE, LOGITS, 2),
        "ause-one": value("ause", "one network", "MSP"),
        "ause-ensemble-logit": value("ause", ENSEMBLE, LOGITS),
        "ause-ensemble-prob": value("ause", ENSEMBLE, PROBS),
        "aurg-ensemble-logit": with_interval(measures.ause_of(ENSEMBLE, LOGITS, "aurg")(table)),
        "aurg-dropout-logit": with_interval(measures.ause_of(DROPOUT, LOGITS, "aurg")(table)),
    }


def normalised(table: pd.DataFrame) -> dict:
    """The ECE of each confidence of an ensemble, also dealt out at random, mean over sizes of the training set."""
    rows = experiment(table, "normalised")
    numbers = {}
    for key, kind in {"softmax": "mean softmax", "prob": PROBS, "logit": LOGITS}.items():
        by_seed = rows[rows["confidence_from"] == kind].groupby("seed")[["ece", "ece_dealt"]].mean()
        numbers |= {f"own-{key}": plus_minus(by_seed["ece"]), f"dealt-{key}": plus_minus(by_seed["ece_dealt"])}
    of_probs = rows[rows["confidence_from"] == PROBS]
    return numbers | {
        "error-correlation": float(np.corrcoef(of_probs["error"], of_probs["ece"])[0, 1]),
        "off-the-error": plus_minus(measures.off_the_error(table)),
    }


def calibrated(table: pd.DataFrame) -> dict:
    """ECE and UCE where the labels were drawn from the network, and what scaling changes of the UCE."""
    ece, uce = (measures.when_calibrated(column)(table) for column in ("ece", "uce"))
    after, before = (
        measures.by_seed(table, "calibrated", "uce", case=case) for case in ("temperature scaled", "as trained")
    )
    return {
        "ece-calibrated": plus_minus(ece),
        "uce-calibrated": plus_minus(uce),
        "uce-change": with_interval(after - before),
    }


def few_images(table: pd.DataFrame) -> dict:
    """The ECE of a calibrated network on the fewest and on the most images, and the power of their number."""
    rows = experiment(table, "bias")
    usual = min(rows["bins"].unique(), key=lambda number: abs(number - 15))
    means = rows[rows["bins"] == usual].groupby("samples")["ece"].mean()
    power = np.polyfit(np.log(means.index), np.log(means), 1)[0]
    return {
        "bias-bins": int(usual),
        "bias-few": int(means.index[0]),
        "bias-few-ece": float(means.iloc[0]),
        "bias-many": int(means.index[-1]),
        "bias-many-ece": float(means.iloc[-1]),
        "bias-power": f"{power:.2f}".replace("-", "−"),
    }


def intervals(table: pd.DataFrame) -> dict:
    """How wide the bootstrap interval of an ECE is, and how often it contains the truth."""
    rows = experiment(table, "interval")
    inside = (rows["low"] <= rows["truth"]) & (rows["truth"] <= rows["high"])
    width = (rows["high"] - rows["low"]).groupby(rows["samples"]).mean()
    return {
        "interval-hits": float(inside.mean()),
        "width-few": float(width.iloc[0]),
        "width-many": float(width.iloc[-1]),
    }


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
