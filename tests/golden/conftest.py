"""The tool of the golden rows is no part of the package; here its tests find it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
