"""Make .venv and install the pinned list into it; only standard library, so that a bare Python can run it."""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"


def main() -> None:
    """Create or complete the environment; the last act is the file that says it is ready."""
    if sys.version_info < (3, 11):
        found = sys.version.split()[0]
        sys.exit(f"Python 3.11 or newer is needed, this is {found}: call `make book PYTHON=python3.11`")
    ready = ENVIRONMENT / "ready"
    ready.unlink(missing_ok=True)
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True, clear=ENVIRONMENT.exists())
    pip = [str(python), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "-r", str(ROOT / "requirements.txt")], check=True)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], check=True)
    ready.touch()
    print("the environment .venv is ready")


if __name__ == "__main__":
    main()
