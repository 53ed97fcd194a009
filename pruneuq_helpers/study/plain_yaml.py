"""YAML as who writes it reads it: whole numbers in tens, 1e-3 a number, and no name twice."""

import re
from typing import Any

import yaml

_INT, _FLOAT = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"
_NUMBERS = {
    _INT: re.compile(r"[-+]?(0|[1-9]\d*)\Z"),
    _FLOAT: re.compile(r"[-+]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][-+]?\d+)?\Z|[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z"),
}


class _Plain(yaml.SafeLoader):
    # YAML 1.1 takes 010 for 8, 1:30 for 90, and 1e-3 for a text.
    yaml_implicit_resolvers = {
        first: [pair for pair in pairs if pair[0] not in _NUMBERS]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node, deep=False):
        """A mapping, each of whose names stands there once."""
        seen = set()
        for name in (name for name, _ in node.value if isinstance(name, yaml.ScalarNode)):
            if name.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"it has `{name.value}` twice", name.start_mark)
            seen.add(name.value)
        return super().construct_mapping(node, deep)


for _tag, _form in _NUMBERS.items():
    _Plain.add_implicit_resolver(_tag, _form, list("-+.0123456789"))


def read_yaml(text: str) -> Any:
    """The value of a text in YAML; what is none raises `yaml.YAMLError`."""
    return yaml.load(text, _Plain)
