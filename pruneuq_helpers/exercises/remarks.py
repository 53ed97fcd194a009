"""What is wrong with an answer, in one sentence that helps."""

import ast
import traceback

from pruneuq_helpers.exercises.channel import AnswerError, Ended

ANSWER, CHECK = "<answer>", "<check>"
BLANK = "a `...` is still in the place of an answer"
ENDED = "your code ended the whole process"


def of_answer(error: BaseException) -> str:
    """An error in the answer itself, or in a function of it."""
    if isinstance(error, AnswerError):
        return str(error)
    if isinstance(error, SystemExit):
        return "your code ends Python (`exit`); leave that out"
    if "ellipsis" in _said(error).lower():
        return BLANK
    own = error.lineno if isinstance(error, SyntaxError) and error.filename == ANSWER else _line(error, ANSWER)
    return f"line {own} of your code: {_said(error)}" if own else f"your code fails: {_said(error)}"


def of_check(error: BaseException, code: str) -> str:
    """An error in the check, which may have met one in a function of the answer."""
    if isinstance(error, Ended):
        return ENDED
    if isinstance(error, AnswerError):
        return str(error)
    if isinstance(error, NameError) and error.name:
        return f"your code does not set `{error.name}`"
    if "ellipsis" in _said(error):
        return BLANK
    line = _line(error, CHECK)
    if isinstance(error, AttributeError | TypeError):
        asks = f"; it asks: {words}" if (words := _message(code, line)) else ""
        return f"the check cannot use what your code made ({_said(error)}){asks}"
    if not isinstance(error, AssertionError):
        return " ".join(filter(None, (_message(code, line), f"(the check met {_said(error)})")))
    words = str(error) if "\n" not in str(error) else ""
    return words or _message(code, line) or f"`{code.splitlines()[(line or 1) - 1].strip()}` does not hold"


def _message(check: str, line: int | None) -> str:
    """What an assertion at this line of the check would have said, where it says something fixed."""
    for node in ast.parse(check).body:
        if line and isinstance(node, ast.Assert) and node.lineno <= line <= node.end_lineno:
            return node.msg.value if isinstance(node.msg, ast.Constant) else ""
    return ""


def _said(error: BaseException) -> str:
    """The error as Python's last line says it."""
    first = traceback.format_exception_only(error)[-1].strip().splitlines()[0]
    return first if len(first) <= 200 else f"{first[:200]} …"


def _line(error: BaseException, name: str) -> int | None:
    """The last line of this code that was running."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name]
    return lines[-1] if lines else None
