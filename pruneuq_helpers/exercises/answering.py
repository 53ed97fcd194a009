"""The process of an answer: it runs the answer, hands over plain values, and calls its functions when asked."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from pruneuq_helpers.exercises import remarks
from pruneuq_helpers.exercises.channel import Channel, Ended, get_state, stateful, unpacked
from pruneuq_helpers.exercises.checks import bound, given
from pruneuq_helpers.exercises.plain import NotPlain, encode

_PAGES = (".md", ".ipynb", ".html")  # the forms in which a chapter has its solutions


def answer_to(channel: Channel, names: dict, stub: str, answer: str, wanted: set[str], chapter: str) -> None:
    """Run an answer among the chapter's names and serve what it made until nobody asks any more."""
    close_the_book(chapter)
    space, kept = dict(names), []
    try:
        code = _python(answer)
        exec(compile(code, remarks.ANSWER, "exec"), space)
        made = {name: space[name] for name in wanted if name in space and _is_new(name, space, names, code)}
        told = _handed_over(made, bound(given(stub)), kept)
    except BaseException as error:  # noqa: BLE001, a student's error is our result, whatever it is
        told = {"remark": remarks.of_answer(error)}
    channel.send(json.dumps(told).encode())
    while True:
        try:
            question = channel.receive()
        except Ended:
            return
        channel.send(json.dumps(_reply(unpacked(question, names, kept), kept)).encode())


def _python(answer: str) -> str:
    """The code of notebook cells as Python, without what only IPython understands."""
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell(answer)


def _is_new(name: str, space: dict, names: dict, code: str) -> bool:
    """Whether the answer set this name, and not the chapter before it."""
    return name in bound(code) or name not in names or space[name] is not names[name]


def _handed_over(made: dict, fixed: set[str], kept: list) -> dict:
    """What goes to the judge: of what the stub begins with only networks, whose weights the answer may have trained."""
    networks = {}
    for name in fixed & made.keys():
        if hasattr(made[name], "load_state_dict"):
            networks[name] = len(kept)
            kept.append(made[name])
    return {"values": {name: _plain(made[name], kept) for name in made.keys() - fixed}, "networks": networks}


def _plain(value, kept: list):
    """A value as data, or the name of its type where it is none."""

    def keep(function: Callable) -> int:
        kept.append(function)
        return len(kept) - 1

    try:
        return {"value": encode(value, keep)}
    except NotPlain as error:
        return {"type": str(error)}
    except RecursionError:
        return {"type": f"{type(value).__name__} without end"}


def _reply(question: tuple, kept: list) -> dict:
    what, number, *rest = question
    try:
        if what == "state":
            return _plain(kept[number].state_dict(), kept)
        args, kwargs = rest
        told = _plain(kept[number](*args, **kwargs), kept)
        return told | {"states": [_plain(get_state(each), kept)["value"] for each in stateful(args, kwargs)]}
    except BaseException as error:  # noqa: BLE001, as above
        return {"remark": remarks.of_answer(error)}


def close_the_book(chapter: str) -> None:
    """Refuse to open the chapter's own file, which has the solutions, in this process."""

    def hook(event: str, args: tuple) -> None:
        if event == "open" and isinstance(args[0], str | bytes):
            path = Path(os.fsdecode(args[0]))
            if path.stem == chapter and path.suffix in _PAGES:
                raise PermissionError("this is the chapter's own file, and its solutions are in it")

    sys.addaudithook(hook)
