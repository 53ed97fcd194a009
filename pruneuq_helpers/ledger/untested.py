"""Findings of the papers that nothing here can decide, each with the reason."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Untested:
    """A finding that no run of the book decides."""

    id: str
    source: str
    place: str
    finding: str
    reason: str


_IMAGENET = "It needs ImageNet, which this book may not hand on; nothing here was run on it."
_CELEBA = (
    "It needs the photographs of CelebA, which are given out for research alone and are not part of this book. Whoever "
    "has them can run chapter 8 with the profile full-celeba."
)
_PEOPLE = "It needs people who look at photographs; the book only has the form that they would fill in."

UNTESTED = (
    Untested(
        "S0.fig10.man-and-deer", "S0", "Fig 10",
        "A network shown a man says deer; the pruned one says so with less confidence.",
        "The figure shows five photographs chosen by the authors. The rule of chapter 5 asks the same of every image "
        "of a class, and its own panels take the first image of each class.",
    ),
    Untested(
        "S1.fig4.imagenet-confirms", "S1", "Fig 4, Tables 6, 7",
        "A ResNet18 on ImageNet suffers from pruning as the smaller networks do.", _IMAGENET,
    ),
    Untested(
        "S1.table6.dropout-collapses-on-imagenet", "S1", "Tables 6, 7",
        "MC dropout collapses on ImageNet at level 0.6.", _IMAGENET,
    ),
    Untested(
        "S1.table1.resrep-parameters", "S1", "Table 1",
        "ResRep leaves more or fewer parameters than the other criteria at the same level: 1.71 million of ResNet18 at "
        "0.8, where the others leave 0.46 million.",
        "Which channels ResRep removes depends on the training of that very network, so no count can be computed; a "
        "ResNet18 trained for 180 epochs on CIFAR-100 is what chapter 7's profile for a GPU would do.",
    ),
    Untested(
        "S1.tables2-5.cifar-100", "S1", "Tables 2 to 5",
        "The accuracy, AUSE and ECE of ResNet18 and VGG19 on CIFAR-100, pruned to five levels.",
        "Chapter 7's profile for a GPU trains a ResNet18 on CIFAR-100; nobody ran it yet. The claims above "
        "were decided on smaller networks and other data.",
    ),
    Untested(
        "S4.fig1.hard-photographs", "S4", "Figs 1, 2",
        "The photographs on which pruned and dense networks disagree are hard or odd ones.",
        "It is a judgement of people on photographs of ImageNet and CelebA. The gallery of chapter 8 shows such images "
        "of the data that are here.",
    ),
    Untested(
        "S4.fig4.people-find-them-odd", "S4", "Fig 4",
        "Asked about these images, people more often find several objects, wrong labels or a bad picture.", _PEOPLE,
    ),
    Untested(
        "S4.s1.2.half-ill-specified", "S4", "§1.2",
        "Over half of these images have a wrong label or show several objects.", _PEOPLE,
    ),
    Untested(
        "S4.table3.imagenet-classes", "S4", "Table 3",
        "Pruning shifts the recall of 69 of 1000 ImageNet classes at level 0.3, and of 582 at level 0.9.", _IMAGENET,
    ),
    Untested(
        "S4.table1.blond-old-men", "S4", "Table 1",
        "Faces of blond men, and of the old among them, are overrepresented among the images that pruning changes.",
        _CELEBA,
    ),
)  # fmt: skip
