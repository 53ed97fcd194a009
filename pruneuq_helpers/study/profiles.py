"""What a chapter runs with: the parameters cell of its notebook, changed by a profile."""

import ast
import json
from keyword import iskeyword
from pathlib import Path
from typing import Any

from pruneuq_helpers.errors import ParameterError

PROFILES = ("quick", "smoke", "real", "full")


def checkout() -> Path:
    """The folder that holds the book: beside the package in a checkout, else the current folder."""
    for folder in (Path(__file__).resolve().parent.parent.parent, Path.cwd()):
        if (folder / "notebooks").is_dir() and (folder / "_toc.yml").is_file():
            return folder
    raise ParameterError("the notebooks were not found: call this inside a clone of the book's repository")


def assigned(source: str) -> dict[str, Any]:
    """The names that code gives literal values to, such as a parameters cell."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = ast.literal_eval(node.value)
    return found


def parameters_cell(notebook: Path) -> str:
    """The source of a notebook's cell with the tag `parameters`."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    if not tagged:
        raise ParameterError(f"notebook got {notebook.name}, which has no cell with the tag `parameters`")
    return "".join(tagged[0]["source"])


def profile_path(chapter: str, profile: str) -> Path:
    """The file of a profile: a name of the book's (real-mnist is real/…_mnist.yaml), or a YAML file of one's own."""
    from pruneuq_helpers.checks import paths  # here, for it imports NumPy

    scale, dash, other = profile.partition("-")
    own = paths.path("profile", profile, f"one of {', '.join(PROFILES)}, or the path of a YAML file")
    if profile in PROFILES or (scale in PROFILES and not own.is_file()):
        path = checkout() / "notebooks" / "parameters" / scale / f"{chapter}{dash and '_'}{other}.yaml"
        if not path.is_file():
            raise ParameterError(
                f"parameter `profile` got {profile!r}; chapter {chapter[:2]} has none of that name ({path})"
            )
        return path
    if not own.is_file():
        raise ParameterError(
            f"parameter `profile` got {profile!r}; it takes one of {', '.join(PROFILES)}, or a YAML file"
        )
    return own


def changes(chapter: str, profile: str) -> dict[str, Any]:
    """What a profile sets in a chapter; `quick` sets nothing."""
    if profile == "quick":
        return {}
    path = profile_path(chapter, profile)
    values = plain(_read(path, profile), f"profile file {profile}")
    return values if profile in PROFILES else {"profile": path.stem, **values}


def parameters(chapter: str, profile: str = "quick") -> dict[str, Any]:
    """All that a chapter's study is given in a profile."""
    notebook = checkout() / "notebooks" / f"{chapter}.ipynb"
    return assigned(parameters_cell(notebook)) | changes(chapter, profile)


def _read(path: Path, profile: str) -> dict:
    import yaml

    from pruneuq_helpers.study.plain_yaml import read_yaml

    try:
        values = read_yaml(path.read_text(encoding="utf-8"))
    except yaml.constructor.ConstructorError as error:
        where = f"line {error.problem_mark.line + 1}"
        raise ParameterError(f"profile file {profile} cannot be read: {error.problem} ({where})") from None
    except yaml.YAMLError as error:
        where = f" (line {error.problem_mark.line + 1})" if getattr(error, "problem_mark", None) else ""
        raise ParameterError(f"profile file {profile} is not YAML{where}; it takes lines `name: value`") from None
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "it is no text in UTF-8")
        raise ParameterError(f"profile file {profile} cannot be read ({why}); it takes lines `name: value`") from None
    except ValueError as error:  # what looks like a date and is none
        raise ParameterError(f"profile file {profile} got a value that YAML cannot read ({error})") from None
    if not isinstance(values, dict):
        held = "nothing" if values is None else type(values).__name__
        raise ParameterError(f"profile file {profile} holds {held}; it takes lines `name: value`")
    return values


def plain(values: dict, where: str) -> dict:
    """These parameters, if a notebook can be given them: YAML knows names and values that it cannot."""
    for name, value in values.items():
        # A notebook's own names begin with an underscore: one among them would be passed over without a word.
        if not isinstance(name, str) or not name.isidentifier() or iskeyword(name) or name.startswith("_"):
            raise ParameterError(f"{where} got the name {name!r}; it takes that of a parameter, such as seeds")
        try:
            json.dumps(value, ensure_ascii=False).encode()  # a name of a file may hold what is no text
        except (TypeError, ValueError):
            takes = "it takes a number, a text (in quotes if YAML reads it otherwise), true, false, or a list of these"
            raise ParameterError(f"parameter `{name}` got {value!r} from {where}; {takes}") from None
    return values
