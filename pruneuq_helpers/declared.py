"""Which parameters a chapter runs with: those of its notebook, changed by a profile."""

import ast
import json
from pathlib import Path
from typing import Any


def declared(root: Path, chapter: str, profile: str) -> dict[str, Any] | None:
    """What a chapter's study is given in a profile, as the checkout has it.

    Parameters
    ----------
    root : pathlib.Path
        The checkout.
    chapter : str
        File name of the chapter, as ``"03_lottery_tickets"``.
    profile : str
        The name that the profile itself gives, as ``"real-mnist"``.

    Returns
    -------
    dict or None
        Name to value; None where there is no such chapter or profile.

    Examples
    --------
    >>> from pruneuq_helpers.parameters import repository
    >>> declared(repository(), "00_coins", "real") is None
    True
    """
    notebook = root / "notebooks" / f"{chapter}.ipynb"
    if not notebook.is_file():
        return None
    values = notebook_parameters(notebook)
    if values.get("profile") == profile:
        return values
    import yaml

    for path in sorted((root / "notebooks" / "parameters").glob(f"*/{chapter}*.yaml")):
        changed = yaml.safe_load(path.read_text(encoding="utf-8"))
        if isinstance(changed, dict) and changed.get("profile") == profile:
            return values | changed
    return None


def notebook_parameters(notebook: Path) -> dict[str, Any]:
    """The values in a notebook's cell with the tag ``parameters``.

    Parameters
    ----------
    notebook : pathlib.Path
        An ``.ipynb`` file.

    Returns
    -------
    dict
        Name to literal.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp()) / "coins.ipynb"
    >>> cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": ["seeds = 3  # how many"]}
    >>> size = path.write_text(json.dumps({"cells": [cell]}))
    >>> notebook_parameters(path)
    {'seeds': 3}
    """
    found = {}
    for source in code_cells(notebook, tag="parameters"):
        for node in ast.parse(source).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found[node.targets[0].id] = ast.literal_eval(node.value)
    return found


def code_cells(notebook: Path, tag: str | None = None) -> list[str]:
    """Sources of the code cells of a notebook.

    Parameters
    ----------
    notebook : pathlib.Path
        An ``.ipynb`` file.
    tag : str, optional
        Only cells with this tag.

    Returns
    -------
    list of str

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp()) / "coins.ipynb"
    >>> size = path.write_text(json.dumps({"cells": [{"cell_type": "code", "metadata": {}, "source": "1 + 1"}]}))
    >>> code_cells(path), code_cells(path, tag="parameters")
    (['1 + 1'], [])
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [
        "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "code" and (tag is None or tag in cell["metadata"].get("tags", []))
    ]
