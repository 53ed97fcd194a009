"""The process that judges: it has the chapter's own names, never ran an answer, and gets plain values."""

import json

from pruneuq_helpers.exercises import remarks
from pruneuq_helpers.exercises.channel import AnswerError, Channel, Ended, Handed, not_plain
from pruneuq_helpers.exercises.checks import bound, given
from pruneuq_helpers.exercises.plain import decode


def judge(channel: Channel, names: dict, stub: str, check: str, wanted: set[str]) -> str:
    """What is wrong with an answer, or nothing: the check runs here, on what the answer handed over."""
    try:
        told = json.loads(channel.receive())
        if "remark" in told:
            return str(told["remark"])
        space = {name: value for name, value in names.items() if name not in wanted}
        exec(compile(given(stub), "<stub>", "exec"), space)
        fixed = bound(given(stub))
        for name in (wanted - fixed) & told["values"].keys():
            space[name] = _value(name, told["values"][name], channel, names)
        for name in wanted & fixed & told["networks"].keys():
            _set_weights(name, space, Handed(int(told["networks"][name]), channel, names))
    except (Ended, AnswerError) as error:
        return remarks.of_check(error, check)
    except Exception as error:  # noqa: BLE001, whatever an answer sends instead of values
        return f"what your code hands over cannot be read ({type(error).__name__})"
    try:
        exec(compile(check, remarks.CHECK, "exec"), space)
    except BaseException as error:  # noqa: BLE001, the error is the result
        return remarks.of_check(error, check)
    return ""


def _value(name: str, told: dict, channel: Channel, names: dict):
    if "type" in told:
        raise AnswerError(not_plain(f"`{name}` is", told["type"]))
    return decode(told["value"], lambda number: Handed(number, channel, names))


def _set_weights(name: str, space: dict, network: Handed) -> None:
    """A network that the stub begins with is the judge's own; an answer gives its weights."""
    try:
        space[name].load_state_dict(network.state())
    except (KeyError, RuntimeError, TypeError):
        raise AnswerError(f"`{name}` is not of the form that the exercise starts with") from None
