"""Run a notebook from top to bottom in its own process, so that Ctrl-C and a shutdown stop it cleanly."""

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from pruneuq_helpers.commands.extras import require_book
from pruneuq_helpers.errors import StudyError


def execute(notebook: Path, target: Path, values: dict) -> None:
    """Run a notebook with papermill; the cell that fails and its error end the command."""
    require_book("running a chapter")
    import papermill
    from nbclient.exceptions import DeadKernelError

    # What a run before it left in `target` stays there until this one has something to say.
    fresh = target.with_name(f".{target.stem}-{os.getpid()}.ipynb")
    logging.getLogger("papermill").setLevel(logging.ERROR)  # of unknown parameters the study speaks, with a hint
    with _alone(target), _interruptible() as manager, _moved(fresh, target):
        try:
            papermill.execute_notebook(
                notebook, fresh, parameters=values, cwd=str(notebook.parent), progress_bar=sys.stderr.isatty(),
                kernel_manager_class=manager,
            )  # fmt: skip
        except papermill.PapermillExecutionError as error:
            if error.ename == "KeyboardInterrupt":
                _stop(f"{error.evalue or 'stopped'}", target)
            if _refused(error):  # its sentence says it all
                fresh.unlink(missing_ok=True)
                raise click.ClickException(error.evalue) from None
            raise click.ClickException(f"{_failure(error)}\nThe notebook up to there: {target}") from None
        except DeadKernelError as error:
            message = f"{error}, perhaps for lack of memory\nThe notebook up to there: {target}"
            raise click.ClickException(message) from None
        except KeyboardInterrupt:  # before the notebook's process was there, or for the second time
            _stop("stopped", target)
        except OSError as error:
            fresh.unlink(missing_ok=True)  # half-written
            message = f"{target} could not be written ({error.strerror or error})"
            mend = "what was stored is whole: mend this and run the same again to go on from there"
            raise click.ClickException(f"{message}; {mend}") from None


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Hold the folder for the whole run: a store is held only while a part computes, and a run has several."""
    from pruneuq_helpers.study.store import hold  # here, for it imports torch

    try:
        lock = hold(target.parent, f"in {target.parent}")
    except StudyError as error:
        raise click.ClickException(str(error)) from None
    except OSError:  # a disk without locks: the store says so
        yield
        return
    try:
        for left_over in target.parent.glob(f".{target.stem}-*.ipynb"):  # of a run that was killed
            left_over.unlink()
        yield
    finally:
        lock.release()


@contextmanager
def _moved(fresh: Path, target: Path) -> Iterator[None]:
    """Whatever becomes of the run: what was written of its notebook is the one that is kept."""
    try:
        yield
    finally:
        if fresh.exists():
            os.replace(fresh, target)


def _refused(error) -> bool:
    """Whether the study never began: a wrong parameter, or another run at work."""
    from pruneuq_helpers.study.cluster import VARIABLE  # here, for it imports NumPy

    wrong = error.ename == "ParameterError" and ("from_notebook(" in error.source or VARIABLE in error.evalue)
    return wrong or (error.ename == "StudyError" and error.evalue.startswith("another run is working"))


@contextmanager
def _interruptible() -> Iterator[type]:
    """Pass Ctrl-C and a shutdown on to the notebook's process; gives the class that starts such a process."""
    from jupyter_client import AsyncKernelManager
    from traitlets import default

    processes = []

    class Manager(AsyncKernelManager):
        @default("transport_encryption")
        def _encrypted(self):  # else each kernel warns of eavesdroppers
            return "auto"

        async def _async_start_kernel(self, **words):
            await super()._async_start_kernel(**words)
            processes.append(self.provisioner.pid)

        start_kernel = _async_start_kernel

        async def _async_interrupt_kernel(self):
            if not (self.shutting_down and processes):  # one that ends anyway would tell of an error, at times
                await super()._async_interrupt_kernel()

        interrupt_kernel = _async_interrupt_kernel

    def stop(number, frame):
        if not processes:
            raise KeyboardInterrupt
        os.kill(processes.pop(), signal.SIGINT)  # its study stops the workers, and says how far it is

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield Manager
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(words: str, target: Path) -> None:
    click.echo(f"{words}\nWhat is done is in {target.parent}", err=True)
    sys.exit(130)


def _failure(error) -> str:
    """The failing cell and its error, in a few lines; of one that is a sentence already, that alone."""
    if error.ename in ("ParameterError", "StudyError"):
        return error.evalue
    source = "\n".join(f"    {line}" for line in error.source.rstrip().splitlines())
    return f"cell {error.exec_count} failed:\n{source}\n{error.ename}: {error.evalue}"
