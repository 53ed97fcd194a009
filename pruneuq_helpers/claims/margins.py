"""The smallest differences that matter, one a measure: a change within them is called no relevant change."""

from dataclasses import dataclass

from pruneuq_helpers import checks


@dataclass(frozen=True)
class Margin:
    """What a measure's differences are compared with."""

    value: float
    unit: str
    why: str


MARGINS = {
    "accuracy": Margin(0.01, "share of images", "One image in a hundred is what papers on pruning argue about."),
    "ECE": Margin(0.01, "probability", "A confidence that is off by a point decides hardly any action differently."),
    "NLL": Margin(0.02, "nats an image", "The right class is given two per cent less probability, in the mean."),
    "Brier": Margin(0.01, "squared probability", "It moves with the accuracy, and shares its margin."),
    "AUSE": Margin(0.01, "area", "A point of error rate, in the mean over all shares of images set aside."),
    "AUROC": Margin(0.02, "probability", "Of a hundred pairs two more are put in the right order."),
    "AURG": Margin(0.01, "area", "As AUSE, whose difference to a random order it is."),
    "confidence": Margin(0.02, "probability", "Two points of mean confidence are seen beside a spread of ten."),
    "changed": Margin(
        0.01, "share of images", "As the accuracy: each changed answer may be one that somebody relied on."
    ),
    "share": Margin(0.05, "share", "One in twenty: fewer are hard to tell from none in the numbers that are run here."),
    "classes": Margin(0.1, "share of classes", "One class of ten."),
    "recall": Margin(0.01, "share of a class", "As the accuracy, of a class alone."),
    "epochs": Margin(
        0.1, "of the dense network's epochs", "A tenth of a training is lost in the choice of a patience."
    ),
    "log-likelihood": Margin(0.02, "nats a point", "As the NLL."),
    "coverage": Margin(0.02, "share of points", "Two of a hundred intervals more, or fewer, hold their point."),
    "sparsity": Margin(0.01, "share of weights", "A point of sparsity is the step in which papers print it."),
    "correlation": Margin(0.1, "correlation", "Nearer to each other, two correlations lead to the same reading."),
}


def margin(measure: str) -> Margin:
    """The margin of a measure, by its name in the table."""
    return MARGINS[checks.choice("measured", measure, MARGINS)]
