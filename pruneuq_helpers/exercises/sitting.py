"""A chapter in a process of its own, one cell after another, with answers tried where its exercises stand.

Run as a module. It reads from its input what to run, and writes to the file descriptor that it is given a line of
JSON for each thing that it begins, and for the outcome of each answer.
"""

import json
import os
import sys
from collections.abc import Callable

from pruneuq_helpers.exercises.attempt import Attempt, outcome
from pruneuq_helpers.exercises.ending import die_with_parent


def sit(task: dict, tell: Callable[[dict], None]) -> None:
    """Run cells and attempts in their order; stop at a cell of the chapter that fails."""
    shell = _shell()
    for step in task["steps"]:
        if "answer" in step:
            tell({"begun": step["label"]})
            tell({"label": step["label"], **outcome(shell.user_ns, Attempt(**step), task["seconds"])})
            continue
        tell({"begun": None})
        result = shell.run_cell(step["code"], store_history=True)  # a study reads its parameters there
        if not (result.success or step["may_fail"]):
            error = result.error_before_exec or result.error_in_exec
            tell({"failed": f"{type(error).__name__}: {error}"})
            return
    tell({"done": True})


def _shell():
    """What runs a notebook's cells: IPython without a kernel, so without threads, which a fork would lose."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Shell(InteractiveShell):
        def enable_gui(self, gui=None):
            """No window and no event loop: figures are drawn, and nobody looks at them."""

    shell = Shell.instance(config=Config(HistoryManager={"enabled": False}), colors="nocolor")
    shell.user_ns |= {"exit": sys.exit, "quit": sys.exit}
    return shell


def main() -> None:
    """Read the task, run it, and report."""
    die_with_parent()
    report = os.fdopen(int(sys.argv[1]), "w", encoding="utf-8", buffering=1)
    task = json.load(sys.stdin)
    sit(task, lambda line: print(json.dumps(line), file=report))


if __name__ == "__main__":
    main()
