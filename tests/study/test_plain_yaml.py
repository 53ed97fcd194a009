"""Parameters in YAML: what stands there is what a reader takes it for."""

import pytest

from pruneuq_helpers.commands.settings import setting
from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study import profiles
from pruneuq_helpers.study.plain_yaml import read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3), ("-2", -2), ("0", 0), ("0.5", 0.5), (".5", 0.5), ("1e-3", 1e-3), ("2E5", 2e5), ("1.5e-3", 1.5e-3),
        ("[1e-3, 1]", [1e-3, 1]), ("true", True), ("moons", "moons"), (".inf", float("inf")),
        ("010", "010"), ("1:30", "1:30"), ("0x1f", "0x1f"),  # no numbers to who writes them, and eight, ninety to YAML
    ],
)  # fmt: skip
def test_numbers_are_those_that_stand_there(text, value):
    assert read_yaml(text) == value
    assert type(read_yaml(text)) is type(value)
    assert setting(f"x={text}") == ("x", value)


def test_a_name_that_stands_twice_is_refused(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("profile: mine\nseeds: 2\nseeds: 3\n")
    with pytest.raises(ParameterError, match=r"it has `seeds` twice \(line 3\)"):
        profiles.changes("03_lottery_tickets", str(path))
