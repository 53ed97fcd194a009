"""The chapters of the book, and where their notebooks are."""

import json
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path

from .errors import ParameterError

PROFILES = ("quick", "smoke", "real", "full")


@dataclass(frozen=True)
class Chapter:
    """One chapter: its file name, title, source paper, minutes to read and run, and the data it uses by default."""

    name: str
    title: str
    source: str
    minutes: int
    data: str

    @property
    def number(self) -> str:
        """The two digits that the file name starts with."""
        return self.name[:2]


CHAPTERS = (
    Chapter("01_aleatoric_regression", "Aleatoric regression", "S0 §2", 30, "line (generated)"),
    Chapter(
        "02_structured_pruning", "Structured pruning made visible", "S0 §3, App. A; S1 Table 1", 40, "moons (generated)"
    ),
    Chapter("03_lottery_tickets", "Lottery tickets", "S0 §3.1–3.2", 45, "moons (generated)"),
    Chapter("04_uncertainty_metrics", "Uncertainty metrics", "S1 §5, App. D; S0 §4.2", 60, "digits"),
    Chapter("05_tickets_and_calibration", "Tickets, calibration and the unknown", "S0 §5; S2", 50, "digits"),
    Chapter("06_bayesian_pruning", "Bayesian pruning", "S3", 60, "digits"),
    Chapter("07_pruning_meets_uncertainty", "Pruning meets uncertainty", "S1", 60, "digits"),
    Chapter("08_forgotten_examples", "What a pruned network forgets", "S4", 60, "digits; coloured digits"),
    Chapter("09_model_uncertainty", "Model uncertainty", "S0 §6; S2", 60, "digits, moons"),
    Chapter("10_audit_your_model", "Audit your own model", "–", 40, "digits"),
)


def find(which: str) -> Chapter:
    """The chapter with this number (`2`, `02`) or file name.

    Examples
    --------
    >>> find("2").name
    '02_structured_pruning'
    """
    for chapter in CHAPTERS:
        if which in (chapter.name, chapter.number, chapter.number.lstrip("0")):
            return chapter
    known = ", ".join(chapter.number for chapter in CHAPTERS)
    raise ParameterError(f"chapter got {which!r}; it takes one of {known}")


def checkout() -> Path:
    """The folder that holds the book: beside the package in a checkout, else the current folder."""
    for folder in (Path(__file__).resolve().parent.parent, Path.cwd()):
        if (folder / "notebooks").is_dir() and (folder / "_toc.yml").is_file():
            return folder
    raise ParameterError("the notebooks were not found: call this inside a clone of the book's repository")


def parameters(chapter: Chapter, profile: str) -> dict:
    """What a profile (a name, or a YAML file of one's own) sets in this chapter; `quick` sets nothing."""
    import yaml

    if profile == "quick":
        return {}
    path = Path(profile)
    scale, dash, other = profile.partition("-")  # real-mnist is real/…_mnist.yaml
    if profile in PROFILES or (scale in PROFILES and not path.is_file()):
        path = checkout() / "notebooks" / "parameters" / scale / f"{chapter.name}{dash and '_'}{other}.yaml"
        if not path.is_file():
            raise ParameterError(f"profile got {profile!r}; chapter {chapter.number} has none of that name ({path})")
    if not path.is_file():
        raise ParameterError(f"profile got {profile!r}; it takes one of {', '.join(PROFILES)}, or a YAML file")
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
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
    values = plain(values, f"profile file {profile}")
    return {"profile": path.stem, **values} if profile not in PROFILES else values


def plain(values: dict, where: str) -> dict:
    """These parameters, if a notebook can be given them: YAML knows names and values that it cannot.

    Examples
    --------
    >>> plain({"seeds": 3}, "option -p")
    {'seeds': 3}
    """
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
