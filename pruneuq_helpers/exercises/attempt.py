"""One answer, tried in the kernel of a running chapter; the outcome goes into the cell's outputs."""

import ast
import os
from contextlib import redirect_stderr, redirect_stdout

MIME = "application/vnd.pruneuq.attempt+json"
_ANSWER, _CHECK = "<answer>", "<check>"


def attempt(names: dict, answer: str, check: str) -> None:
    """Run an answer and then its check among a copy of these names, and display the outcome."""
    from IPython.display import display

    display({MIME: outcome(names, answer, check), "text/plain": ""}, raw=True)


def outcome(names: dict, answer: str, check: str) -> dict:
    r"""Whether an answer satisfies its check; if not, a sentence that helps.

    >>> outcome({}, "first = 1\nsecond = fist", "assert second == 1")["remark"]
    "line 2 of your code: NameError: name 'fist' is not defined"
    """
    namespace = dict(names)
    remark = _fault(answer, _ANSWER, namespace)
    if remark is None:
        remark = _fault(check, _CHECK, namespace)
    return {"passed": remark is None, "remark": remark or ""}


def _fault(code: str, name: str, namespace: dict) -> str | None:
    """Run code in silence; what went wrong, if anything."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            exec(compile(TransformerManager().transform_cell(code), name, "exec"), namespace)
    except BaseException as error:  # noqa: BLE001, a student's error is our result, whatever it is
        return _sentence(error, code, name)
    return None


def _sentence(error: BaseException, code: str, name: str) -> str:
    said = _said(error)
    if isinstance(error, SystemExit):
        return "your code ends Python (`exit`); leave that out"
    if isinstance(error, SyntaxError) and error.filename == name:
        return f"line {error.lineno} of your code: {said}"
    own = _line(error, _ANSWER)  # also of a function that the check calls
    if name == _ANSWER or (own and not isinstance(error, AssertionError)):
        return f"line {own} of your code: {said}" if own else f"your code fails: {said}"
    if isinstance(error, NameError) and error.name:
        return f"your code does not set `{error.name}`"
    if "ellipsis" in said:
        return "a `...` is still in the place of an answer"
    line = _line(error, _CHECK)
    if not isinstance(error, AssertionError):
        return " ".join(filter(None, (_message(code, line), f"(the check met {said})")))
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
    import traceback

    first = traceback.format_exception_only(error)[-1].strip().splitlines()[0]
    return first if len(first) <= 200 else f"{first[:200]} …"


def _line(error: BaseException, name: str) -> int | None:
    """The last line of this code that was running."""
    import traceback

    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name]
    return lines[-1] if lines else None
