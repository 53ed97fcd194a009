"""Importing the package loads nothing heavy."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", [f"pruneuq_helpers{name}" for name in ("", ".errors", ".study.parameters", ".cli")])
def test_import_loads_nothing_heavy(module):
    heavy = "{'torch', 'numpy', 'pandas', 'scipy', 'sklearn', 'matplotlib', 'joblib'}"
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
