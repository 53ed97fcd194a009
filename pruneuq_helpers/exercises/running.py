"""A chapter run small, with answers tried where its exercises stand."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from pruneuq_helpers.exercises.attempt import MIME
from pruneuq_helpers.exercises.form import Exercise, parts

KEY = "attempt"
_CELL_SECONDS = 600  # for a cell of the book itself
_TRY = "from pruneuq_helpers.exercises.attempt import attempt as _attempt\n_attempt(globals(), {!r}, {!r})"


class ChapterError(RuntimeError):
    """The chapter itself does not run here, whatever the answers are."""


def with_attempts(path: Path, answers: dict[str, str]):
    """A chapter's notebook in which each of these answers is tried before the book's own solution runs."""
    from nbformat.v4 import new_code_cell, new_notebook

    cells = []
    for part in parts(path):
        if not isinstance(part, Exercise):
            cells.append(part)
            continue
        if part.label in answers:
            code = _TRY.format(answers[part.label], part.check)
            cells.append(new_code_cell(code, metadata={KEY: part.label}))
        cells.append(new_code_cell(part.solution, metadata={"tags": ["solution"]}))
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place:03d}"
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def outcomes(notebook) -> dict[str, dict]:
    """The outcomes that stand in an executed notebook, by label.

    >>> from nbformat.v4 import new_notebook
    >>> outcomes(new_notebook())
    {}
    """
    found = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if KEY in cell.metadata and MIME in output.get("data", {}):
                found[cell.metadata[KEY]] = dict(output["data"][MIME])
    return found


def run(path: Path, answers: dict[str, str], values: dict, seconds: int = 60) -> dict[str, dict]:
    """Try answers in a chapter, in a process of its own, each within a time limit.

    An answer that takes too long or ends the process is marked, and the others are tried again without it.
    """
    found: dict[str, dict] = {}
    while left := {label: answer for label, answer in answers.items() if label not in found}:
        notebook = with_attempts(path, left)
        ended, reason = _execute(notebook, values, seconds)
        new = outcomes(notebook)
        if ended is not None and ended in left and ended not in new:
            new[ended] = {"passed": False, "remark": reason}
        if reason and not new:
            raise ChapterError(f"{Path(path).stem} does not run here: {reason}")
        found |= new
        if not reason:
            break
    return found


def _set(notebook, values: dict) -> None:
    """Put a cell with these values behind the parameters, as papermill does."""
    from nbformat.v4 import new_code_cell

    tagged = [place for place, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])]
    code = "\n".join(f"{name} = {value!r}" for name, value in values.items())
    notebook.cells.insert(tagged[0] + 1 if tagged else 0, new_code_cell(code))


def _execute(notebook, values: dict, seconds: int) -> tuple[str | None, str]:
    """Execute in place; the label of the answer at which it ended, if it ended at one, and the reason."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from traitlets.config import Config

    started = [notebook.cells[0]]
    with TemporaryDirectory() as folder:
        _set(notebook, {**values, "out": folder})
        client = NotebookClient(
            notebook,
            timeout_func=lambda cell: seconds if KEY in cell.metadata else _CELL_SECONDS,
            resources={"metadata": {"path": folder}},
            shutdown_kernel="immediate",
            on_cell_start=lambda cell, cell_index: started.append(cell),
            config=Config(KernelManager={"transport_encryption": "required"}),
        )
        reason = ""
        try:
            client.execute(env=os.environ | {"OMP_NUM_THREADS": "1", "PRUNEUQ_QUIET": "1", "PRUNEUQ_WORKERS": "1"})
        except CellTimeoutError:
            reason = f"stopped after {seconds} seconds; does a loop never end?"
        except DeadKernelError:
            reason = "your code ended the whole process"
        except CellExecutionError as error:
            reason = f"{error.ename}: {error.evalue}"
    return started[-1].metadata.get(KEY), reason
