"""A study of one part, made of what a test gives."""

from pruneuq_helpers.study import Part, Study


def toy(cells, work, **about):
    """A study class whose part `toy` has these cells and this work."""

    class ToyStudy(Study):
        chapter = "00_toys"
        parts = {"toy": Part(cells, work, **about)}

    return ToyStudy
