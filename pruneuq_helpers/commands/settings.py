"""One parameter on the command line: `-p name=value`."""

import click

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study.profiles import plain


def setting(text: str) -> tuple[str, object]:
    """Read a `name=value` of the command line; the value is YAML, as in a profile."""
    import yaml

    from pruneuq_helpers.study.plain_yaml import read_yaml

    name, separator, value = text.partition("=")
    if not separator or not name:
        raise ParameterError(f"option -p got {text!r}; it takes name=value")
    try:
        read = read_yaml(value)
    except (yaml.YAMLError, ValueError):
        raise ParameterError(
            f"option -p got {text!r}; it takes a value in YAML, such as 3, 0.5 or [0.0, 0.5]"
        ) from None
    return name, plain({name: read}, "option -p")[name]


class Seconds(click.FloatRange):
    """A time to spend: not a number is none."""

    def __init__(self):
        super().__init__(min=0)

    def convert(self, value, param, ctx) -> float:
        """A number of at least 0."""
        found = super().convert(value, param, ctx)
        if found != found:
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return found
