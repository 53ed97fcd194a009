"""torchvision's own library is loaded where it can be, and its operators are declared only where it cannot."""

from torchvision import extension

from pruneuq_helpers.data import vision


def test_operators_are_declared_exactly_where_torchvision_has_none():
    assert (vision._DECLARED is None) == extension._has_ops()
