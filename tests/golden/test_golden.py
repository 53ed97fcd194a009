"""Every part of every chapter gives the rows that it gave when they were written down."""

import golden
import pytest


@pytest.mark.parametrize("part", golden.every_part(), ids=lambda part: part.name)
def test_the_rows_are_those_in_the_file(part):
    assert golden.compare(part) is None
