"""What S1 says of its metrics, and what is often taken for granted of others, as rules that chapter 4's table decides.

A finding is written as it is stated or assumed, so several of them are expected to fail. Where a metric is said to be
0 or the same, chance takes it a little off: it must then be below 0.01, one hundredth of the metric's range.
"""

from pruneuq_helpers.chapters.uncertainty_metrics import measures
from pruneuq_helpers.claims import Claim

NOTHING = 0.01


def _book(name: str, finding: str, effect: str, measure, direction: str = "<", boundary: float = NOTHING) -> Claim:
    return Claim(f"book.{name}", "04", "book", "ch. 4", finding, effect, measure, direction, boundary)


RANKING_CLAIMS = [
    Claim(
        "S1.alg1.listing", "04", "S1", "App. D, Alg. 1",
        "The listing computes an area that is 0 for a perfect uncertainty and larger for a worse one.",
        "the listing's area for one network's MSP, as printed",
        measures.ause_of("one network", "MSP", "ause_listing"),
    ),
    Claim(
        "S1.sec5.oracle-lower-limit", "04", "S1", "§5",
        "Removing by the true error gives the lowest curve there can be, up to a twentieth of the AUSE.",
        "area between that oracle and the lowest 0/1 curve, as a share of the AUSE of one network's MSP",
        measures.excess_share, "<", 0.05,
    ),
    Claim(
        "S1.appE.msp-before-ensemble", "04", "S1", "App. E, Fig 6",
        "The AUSE is best for MSP, and worse for an ensemble.",
        "AUSE of the ensemble's logit variance minus AUSE of one network's MSP",
        measures.behind(("ensemble", "logit variance"), ("one network", "MSP")),
    ),
    Claim(
        "S1.appE.ensemble-before-dropout", "04", "S1", "App. E, Fig 6",
        "The AUSE of an ensemble is better than that of MC dropout.",
        "AUSE of dropout's logit variance minus AUSE of the ensemble's",
        measures.behind(("dropout", "logit variance"), ("ensemble", "logit variance")),
    ),
    _book(
        "msp-before-ensemble-in-probability",
        "MSP stays ahead of the ensemble when the variance is taken of probabilities.",
        "AUSE of the ensemble's probability variance minus AUSE of one network's MSP",
        measures.behind(("ensemble", "probability variance"), ("one network", "MSP")), ">", 0.0,
    ),
    Claim(
        "S1.sec3.ensemble-variance-ranks", "04", "S1", "§3.2",
        "A high variance over an ensemble's members represents a high uncertainty.",
        "area gained over random removal (AURG) by the ensemble's logit variance",
        measures.ause_of("ensemble", "logit variance", "aurg"),
    ),
    Claim(
        "S1.sec3.dropout-variance-ranks", "04", "S1", "§3.2",
        "A high variance over passes with dropout represents a high uncertainty.",
        "area gained over random removal (AURG) by dropout's logit variance",
        measures.ause_of("dropout", "logit variance", "aurg"),
    ),
    _book(
        "file-order", "The order of the samples in the file does not matter to a curve made by sorting.",
        "AUSE with the mistakes first in the file minus AUSE with them last, sharpest softmax in float32",
        measures.order_matters,
    ),
]  # fmt: skip

CALIBRATION_CLAIMS = [
    Claim(
        "S1.sec5.normalised-ece", "04", "S1", "§5, §6.1",
        "The ECE of a variance normalised into [0, 1] says how well it matches the true uncertainty.",
        "ECE of the normalised logit variance dealt out at random, minus its ECE",
        measures.dealing("logit variance"),
    ),
    _book(
        "normalised-ece-in-probability",
        "The ECE of a normalised probability variance notices when the variances are dealt out at random.",
        "ECE of the normalised probability variance dealt out at random, minus its ECE",
        measures.dealing("probability variance"), ">", 0.0,
    ),
    Claim(
        "S1.tab4.ece-follows-error", "04", "S1", "Tables 4, 5",
        "The ECE of a normalised variance worsens as the accuracy falls.",
        "change of the ECE for each unit of the error rate, normalised logit variance",
        measures.slope("logit variance"),
    ),
    _book(
        "normalised-ece-follows-error", "The ECE of a normalised probability variance worsens as the accuracy falls.",
        "change of the ECE for each unit of the error rate, normalised probability variance",
        measures.slope("probability variance"), ">", 0.0,
    ),
    _book(
        "normalised-ece-is-error", "The ECE of a normalised probability variance is the error rate minus its mean.",
        "distance of the two, normalised probability variance, mean over sizes",
        measures.off_the_error,
    ),
    _book(
        "uce-zero", "The UCE of a calibrated network is 0.",
        "UCE of one network with labels drawn from its own probabilities",
        measures.when_calibrated("uce"),
    ),
    _book(
        "ece-zero", "The ECE of a calibrated network is 0, measured on many samples.",
        "ECE of one network with labels drawn from its own probabilities",
        measures.when_calibrated("ece"),
    ),
    _book(
        "ece-few-samples", "A hundred samples are enough to measure the ECE of a calibrated network.",
        "ECE of a calibrated network on about 100 samples, about 15 bins",
        measures.few_samples,
    ),
    _book(
        "temperature-lowers-ece", "A temperature fitted on validation data lowers the ECE on test data.",
        "ECE before minus ECE after, one network",
        measures.gained_by_scaling("ece"), ">", 0.0,
    ),
]  # fmt: skip

FOREIGN_CLAIMS = [
    _book(
        "fpr95-one-number", "FPR95 is the same number whichever class is the positive one.",
        "distance of the two, MSP of one network, classes held out",
        measures.two_fpr95,
    ),
    _book(
        "foreign-ece", "The ECE on foreign images is their mean confidence.",
        "distance of the two, one network, classes held out",
        measures.foreign_ece,
    ),
]  # fmt: skip

CLAIMS = RANKING_CLAIMS + CALIBRATION_CLAIMS + FOREIGN_CLAIMS
