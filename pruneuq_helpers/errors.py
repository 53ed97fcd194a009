"""Errors that a user meets: one sentence each."""


class ParameterError(ValueError):
    """A parameter that cannot be used: the sentence names it, what it got and what it takes.

    In a notebook it is shown as that one sentence, without a traceback.

    Examples
    --------
    >>> raise ParameterError("parameter `level` got 1.0; it takes a number in [0, 1)")
    Traceback (most recent call last):
    ...
    pruneuq_helpers.errors.ParameterError: parameter `level` got 1.0; it takes a number in [0, 1)
    """

    def _render_traceback_(self) -> list[str]:
        # IPython's hook: a reader needs the sentence, not the frames that lead to it.
        return [f"{type(self).__name__}: {self}"]
