"""What is asked of every image, after S4's appendix and in our own words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """One question with the answers no (0) and yes (1)."""

    key: str  # its column in the file of answers
    text: str
    finding: str  # the property that the answer `found_by` stands for
    found_by: int


QUESTIONS = (
    Question("label_right", "Does label 1 name something that the image shows?", "wrong label", 0),
    Question("one_object", "Is there only one object in the image?", "several objects", 0),
    Question(
        "close_labels",
        "Do labels 1, 2 and 3 mean nearly the same, so that it takes fine distinctions to choose between them?",
        "fine-grained",
        1,
    ),
    Question("typical", "Is what you see a typical example of label 1?", "atypical", 0),
    Question(
        "corrupted",
        "Is the image spoilt (blurred, noisy, too dark or too bright, coarse pixels, text or a frame over it, "
        "colour missing)?",
        "corrupted image",
        1,
    ),
    Question(
        "abstract",
        "Is it a rendering of label 1 (a drawing, a painting, a sculpture, a toy) and not the thing itself?",
        "abstract",
        1,
    ),
)
