"""Chapter 4's experiments on images from outside: the false alarms of two conventions, and an ECE without any right."""

from pruneuq_helpers import metrics
from pruneuq_helpers.chapters.uncertainty_metrics.calibration import foreign_scores
from pruneuq_helpers.chapters.uncertainty_metrics.members import Networks
from pruneuq_helpers.uncertainty import softmax

FOREIGN = ("held out", "photographs")


def foreign_rows(several: Networks) -> list[dict]:
    """How well one network's MSP tells foreign images from test images, and its "ECE" on the foreign ones."""
    own, rows = metrics.msp(softmax(several.logits("test")[0])), []
    for part in FOREIGN:
        probs = softmax(several.logits(part)[0])
        foreign = metrics.msp(probs)
        found = metrics.detection(own, foreign).rename({"fpr95": "fpr95_out"}).to_dict()
        found["fpr95_in"] = metrics.detection(own, foreign, positive="in")["fpr95"]
        rows.append({"foreign": part} | found | foreign_scores(probs))
    return rows
