"""S4's human study as a tool: six questions an image, asked without telling which images are PIEs.

Draw a balanced `sample`, show an `AnnotationForm` to as many people as you find, and `aggregate` what they wrote.
"""

from pruneuq_helpers.annotate.answers import aggregate, read_answers, sample
from pruneuq_helpers.annotate.form import AnnotationForm
from pruneuq_helpers.annotate.questions import QUESTIONS, Question

__all__ = [
    "QUESTIONS",
    "AnnotationForm",
    "Question",
    "aggregate",
    "read_answers",
    "sample",
]
