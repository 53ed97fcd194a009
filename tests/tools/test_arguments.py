"""The tools' command lines: `--help` explains, and a word that means nothing stops a tool before it does anything."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"
COMMANDS = sorted(path for path in TOOLS.glob("*.py") if '__name__ == "__main__"' in path.read_text())


@pytest.mark.parametrize("tool", COMMANDS, ids=lambda path: path.stem)
def test_a_tool_reads_its_arguments(tool):
    assert ".parse_args(" in tool.read_text(), f"{tool.name} would ignore --help and begin its work"


@pytest.mark.parametrize("name", ["setup", "test"])
def test_an_unknown_word_stops_at_once(name):
    said = subprocess.run([sys.executable, TOOLS / f"{name}.py", "--nonsense"], capture_output=True, text=True)
    assert said.returncode == 2
    assert "unrecognized arguments: --nonsense" in said.stderr
