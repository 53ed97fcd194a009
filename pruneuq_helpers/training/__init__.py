"""Training one network of any size, and its predictions."""

from pruneuq_helpers.training.batches import batch_order
from pruneuq_helpers.training.loop import Trained, train
from pruneuq_helpers.training.precision import precision_on
from pruneuq_helpers.training.predict import predict
from pruneuq_helpers.training.recipe import Recipe

__all__ = ["Recipe", "Trained", "batch_order", "precision_on", "predict", "train"]
