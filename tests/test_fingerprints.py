"""Fingerprints of code: what counts as a change, and what does not."""

import json

import pytest

from pruneuq_helpers import parameters
from pruneuq_helpers.fingerprints import PACKAGE, code_of, fingerprint, fingerprints
from pruneuq_helpers.parameters import Study
from pruneuq_helpers.sentences import suggestion

SOURCE = '''"""What it is."""

import math


class Ring:
    """A ring."""

    def area(self, r):
        """Its area.

        >>> 1 + 1
        2
        """
        text = "# no comment"  # a comment
        return math.pi * r**2, text
'''
CODE = """import math
class Ring:
    def area(self, r):
        text = "# no comment"
        return math.pi * r**2, text"""


def test_only_the_code_is_left():
    assert code_of(SOURCE) == CODE


@pytest.mark.parametrize(
    ("old", "new", "differs"),
    [
        ("What it is.", "What it was.", False),
        ("# a comment", "# another", False),
        (">>> 1 + 1", ">>> 2 + 0", False),
        ("\n\n\nclass", "\n\nclass", False),
        ("# no comment", "# one", True),
        ("r**2", "r**3", True),
        ("class Ring", "class Disc", True),
    ],
)
def test_what_counts_as_a_change(tmp_path, old, new, differs):
    path = tmp_path / "ring.py"
    path.write_text(SOURCE)
    before = fingerprint(path)
    path.write_text(SOURCE.replace(old, new))
    assert (fingerprint(path) != before) == differs


def test_every_file_of_the_package_can_be_fingerprinted():
    found = [fingerprint(path) for path in PACKAGE.rglob("*.py")]
    assert all(len(digits) == 12 for digits in found)


def measure(cell):
    return {"hint": suggestion(str(cell["seed"]), ["0"])}


def test_a_study_records_the_code_it_ran(tmp_path):
    study = Study(seeds=2, workers=1, out=str(tmp_path))
    study.finish(study.run([{"seed": seed} for seed in range(2)], measure))
    kept = json.loads((study.folder / "provenance.json").read_text())["source"]
    own = fingerprints([parameters.__name__])
    assert kept["sentences.py"] == fingerprint(PACKAGE / "sentences.py")
    assert kept.items() >= own.items()
    assert "studies/tickets.py" not in kept
