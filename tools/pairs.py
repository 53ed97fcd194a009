"""The .md notebooks and their .ipynb twins: check that they agree (default), or write the twins (--write).

The Markdown file is the source. Only its content counts, never a file's time.
"""

import argparse
import sys
from pathlib import Path

import jupytext
import nbformat

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
KEYS = ("tags", "mystnb")


def content(notebook) -> list[tuple]:
    """What the two halves of a pair must share: kind, source, tags and book metadata of each cell."""
    return [
        (cell.cell_type, cell.source.rstrip(), {key: cell.metadata[key] for key in KEYS if cell.metadata.get(key)})
        for cell in notebook.cells
    ]


def problems(folder: Path = NOTEBOOKS) -> list[str]:
    """One sentence for each pair that is out of step."""
    sources = {path.stem for path in folder.glob("[0-9]*.md")}
    twins = {path.stem for path in folder.glob("*.ipynb")}
    found = [f"{stem}: one of .md and .ipynb is missing" for stem in sorted(sources ^ twins)]
    for stem in sorted(sources & twins):
        source, twin = (content(jupytext.read(folder / f"{stem}{end}")) for end in (".md", ".ipynb"))
        if source != twin:
            differ = (f"cell {i}" for i, (a, b) in enumerate(zip(source, twin, strict=False)) if a != b)
            where = next(differ, "the number of cells")
            found.append(f"{stem}: .md and .ipynb differ (first in {where}); run `make pairs`")
        raw = nbformat.read(folder / f"{stem}.ipynb", as_version=4)
        if any(cell.get("outputs") or cell.get("execution_count") for cell in raw.cells):
            found.append(f"{stem}.ipynb holds outputs; run `make pairs`")
        code = [cell for cell in raw.cells if cell.cell_type == "code"]
        if not code or "parameters" not in code[0].metadata.get("tags", []):
            found.append(f"{stem}: the first code cell is not tagged `parameters`")
    return found


def write(folder: Path = NOTEBOOKS) -> None:
    """Make every twin from its source, with stable cell ids, so that a rewrite changes nothing by itself."""
    for path in sorted(folder.glob("[0-9]*.md")):
        notebook = jupytext.read(path)
        for number, cell in enumerate(notebook.cells):
            cell["id"] = f"cell-{number:03d}"
        notebook.metadata.pop("jupytext", None)
        text = nbformat.writes(notebook, version=4).rstrip() + "\n"
        twin = path.with_suffix(".ipynb")
        if not twin.exists() or twin.read_text(encoding="utf-8") != text:
            twin.write_text(text, encoding="utf-8")
            print(f"wrote {twin.name}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the twins")
    if parser.parse_args().write:
        write()
    sys.exit("\n".join(problems()) or None)
