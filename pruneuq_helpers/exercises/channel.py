"""What the process of an answer and the process that judges it say to each other: whole messages, in turn."""

import io
import json
import pickle
import socket
import sys

from pruneuq_helpers.exercises.plain import TAKES, decode

_LARGEST = 2**30  # bytes of one message: an answer shall not fill the memory of the one who reads it
_TABLES = ("DataFrame", "Series", "Index")


class Ended(Exception):
    """The other process is gone."""


class AnswerError(Exception):
    """What went wrong inside an answer, in one sentence for the student."""


def not_plain(where: str, kind: str) -> str:
    """The sentence about a value that is no plain data."""
    if kind == "ellipsis":
        return "a `...` is still in the place of an answer"
    return f"{where} an object of the type `{kind}`; a check takes {TAKES}"


class Channel:
    """One end of a pair of sockets."""

    def __init__(self, end: socket.socket):
        self.end = end

    def send(self, message: bytes) -> None:
        """Send one message, after its length."""
        try:
            self.end.sendall(len(message).to_bytes(8, "big") + message)
        except OSError:
            raise Ended from None

    def receive(self) -> bytes:
        """Wait for the next message."""
        size = int.from_bytes(self._read(8), "big")
        if size > _LARGEST:
            raise AnswerError(f"your code gives values of more than {_LARGEST // 2**30} GiB")
        return self._read(size)

    def _read(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            try:
                part = self.end.recv(min(size - len(parts), 2**20))
            except OSError:
                part = b""
            if not part:
                raise Ended
            parts += part
        return bytes(parts)


class Handed:
    """A function that an answer made: it stays in the answer's process and is asked from here."""

    def __init__(self, number: int, channel: Channel, names: dict):
        self._number, self._channel, self._names = number, channel, names

    def __call__(self, *args, **kwargs):
        self._channel.send(packed(("call", self._number, args, kwargs), self._names))
        told = json.loads(self._channel.receive())
        if "remark" in told:
            raise AnswerError(told["remark"])
        if "type" in told:
            raise AnswerError(not_plain("a function of yours returns", told["type"]))
        for each, state in zip(stateful(args, kwargs), told["states"], strict=True):
            set_state(each, self._read(state))
        return self._read(told["value"])

    def state(self):
        """The weights, if it is a network."""
        self._channel.send(packed(("state", self._number), self._names))
        return self._read(json.loads(self._channel.receive())["value"])

    def _read(self, made):
        return decode(made, lambda number: Handed(number, self._channel, self._names))

    def __reduce__(self):
        raise TypeError("a function of an answer is passed by its number")


def packed(message, names: dict) -> bytes:
    """A question to an answer's process, which has the chapter's objects itself: they go by their names."""
    from cloudpickle import Pickler

    own = {id(value): name for name, value in names.items() if not _is_data(value)}

    class Named(Pickler):
        def persistent_id(self, value):
            if isinstance(value, Handed):
                return ("kept", value._number)
            return ("name", own[id(value)]) if id(value) in own else None

    file = io.BytesIO()
    Named(file).dump(message)
    return file.getvalue()


def unpacked(message: bytes, names: dict, kept: list):
    """Read a question in an answer's process."""

    class Named(pickle.Unpickler):
        def persistent_load(self, mark):
            return names[mark[1]] if mark[0] == "name" else kept[mark[1]]

    return Named(io.BytesIO(message)).load()


def _is_data(value) -> bool:
    """Whether a value is sent itself: data, which the check may have changed since the chapter made it."""
    kinds = [bool, int, float, complex, str, list, tuple, dict, set, type(None)]
    for library, names in {"numpy": ("ndarray", "generic"), "torch": ("Tensor",), "pandas": _TABLES}.items():
        if library in sys.modules:
            kinds += [getattr(sys.modules[library], name) for name in names]
    return isinstance(value, tuple(kinds))


def stateful(args: tuple, kwargs: dict) -> list:
    """The arguments that a function may train or draw from: networks, optimisers, generators."""
    return [
        each for each in (*args, *kwargs.values()) if hasattr(each, "load_state_dict") or hasattr(each, "set_state")
    ]


def get_state(each):
    """Their state, as plain data."""
    return each.state_dict() if hasattr(each, "state_dict") else each.get_state()


def set_state(each, state) -> None:
    """Give them this state."""
    each.load_state_dict(state) if hasattr(each, "load_state_dict") else each.set_state(state)
