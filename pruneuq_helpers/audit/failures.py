"""What goes wrong inside somebody else's network, said in one sentence."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from pruneuq_helpers.errors import ParameterError, StudyError

OUT_OF_MEMORY = "memory ran out; try a smaller `batch`, smaller images (`size`) or fewer"
_MEMORY = ("can't allocate memory", "out of memory", "not enough memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error means that memory ran out, on the processor or on a GPU."""
    return isinstance(error, MemoryError) or any(words in str(error).lower() for words in _MEMORY)


def first_line(error: BaseException) -> str:
    """What an error says, in one line."""
    said = (str(error).strip().splitlines() or [""])[0]
    said = said if len(said) <= 200 else said[:199] + "…"
    return f"{type(error).__name__}: {said}".removesuffix(": ")


@contextmanager
def one_sentence(doing: str, takes: str) -> Iterator[None]:
    """Turn whatever fails while another's code runs into one sentence; our own sentences pass unchanged."""
    try:
        yield
    except ParameterError:
        raise
    except Exception as error:  # another's code may raise anything, and the sentence says what it was
        if is_out_of_memory(error):
            raise ParameterError(OUT_OF_MEMORY) from error
        if isinstance(error, StudyError):  # a file that could not be written says so by itself
            raise ParameterError(str(error)) from error
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ParameterError("the disk is full; make room, and run the same again") from error
        raise ParameterError(f"{doing} ({first_line(error)}); {takes}") from error
