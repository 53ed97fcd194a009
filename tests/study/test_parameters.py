"""Parameters: what is right comes through, what is wrong is one sentence."""

from pathlib import Path
from typing import Annotated, Literal

import nbformat
import numpy as np
import papermill
import pytest
from IPython.core.interactiveshell import InteractiveShell
from pydantic import Field, field_validator, model_validator
from traitlets.config import Config

from pruneuq_helpers.errors import ParameterError
from pruneuq_helpers.study import parameters
from pruneuq_helpers.study.names import parameters_set
from pruneuq_helpers.study.parameters import DataName, Level, Levels, Study


class TicketStudy(Study):
    chapter = "03_tickets"
    levels: Levels
    level: Level = 0.5
    data: DataName = "moons"
    rate: Annotated[float, Field(gt=0)] = 0.1
    strategies: list[Literal["one-shot", "iterative"]] = ["one-shot"]
    patience: int | None = None
    epochs: int = 10

    @field_validator("strategies")
    @classmethod
    def _each_once(cls, value):
        if len(set(value)) < len(value):
            raise ValueError("it takes each strategy once")
        return value

    @model_validator(mode="after")
    def _patient(self):
        if self.patience and self.patience > self.epochs:
            raise ValueError("parameter `patience` got more than `epochs`; it takes at most as many")
        return self


@pytest.fixture
def good(tmp_path):
    return {"seeds": 3, "levels": [0, 0.5, 0.9], "out": str(tmp_path)}


def refusal(good, **wrong):
    with pytest.raises(ParameterError) as caught:
        TicketStudy(**{**good, **wrong})
    return str(caught.value)


NAMES = "digits, moons, line, coloured_digits, mnist, fashion_mnist, cifar10, cifar100, celeba, coloured_mnist, "
NAMES += "coloured_fashion_mnist or imagefolder:PATH"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"seeds": 0}, "parameter `seeds` got 0; it takes a whole number in [1, 100000]"),
        ({"seeds": 10**21}, f"parameter `seeds` got {10**21}; it takes a whole number in [1, 100000]"),
        ({"seeds": "3"}, "parameter `seeds` got '3'; it takes a whole number in [1, 100000]"),
        ({"seeds": 3.0}, "parameter `seeds` got 3.0; it takes a whole number in [1, 100000]"),
        ({"seeds": True}, "parameter `seeds` got True; it takes a whole number in [1, 100000]"),
        ({"seeds": None}, "parameter `seeds` got None; it takes a whole number in [1, 100000]"),
        ({"level": 1.0}, "parameter `level` got 1.0; it takes a number in [0, 1)"),
        ({"level": -0.1}, "parameter `level` got -0.1; it takes a number in [0, 1)"),
        ({"level": "0.5"}, "parameter `level` got '0.5'; it takes a number in [0, 1)"),
        ({"level": True}, "parameter `level` got True; it takes a number in [0, 1)"),
        ({"level": float("nan")}, "parameter `level` got nan; it takes a number in [0, 1)"),
        ({"levels": []}, "parameter `levels` got []; it takes a list of at least 1 entry, each a number in [0, 1)"),
        (
            {"levels": [0.5, 1.0]},
            "parameter `levels` got 1.0 at position 1; it takes a list of at least 1 entry, each a number in [0, 1)",
        ),
        ({"levels": 0.5}, "parameter `levels` got 0.5; it takes a list of at least 1 entry, each a number in [0, 1)"),
        ({"data": "minst"}, f"parameter `data` got 'minst'; it takes one of {NAMES}; did you mean `mnist`?"),
        ({"data": "imagefolder:"}, f"parameter `data` got 'imagefolder:'; it takes one of {NAMES}"),
        ({"data": 3}, f"parameter `data` got 3; it takes one of {NAMES}"),
        ({"device": "gpu"}, "parameter `device` got 'gpu'; it takes one of cpu, cuda"),
        ({"rate": 0}, "parameter `rate` got 0; it takes a number above 0"),
        ({"rate": float("inf")}, "parameter `rate` got inf; it takes a number above 0"),
        ({"workers": -1}, "parameter `workers` got -1; it takes a whole number in [0, 100000]"),
        ({"patience": "2"}, "parameter `patience` got '2'; it takes a whole number or none"),
        (
            {"strategies": ["random"]},
            "parameter `strategies` got 'random' at position 0; it takes a list, each entry one of one-shot, iterative",
        ),
        ({"profile": "../up"}, "parameter `profile` got '../up'; it takes letters, digits, `-` and `_`, because it "
                               "names a folder"),
        ({"out": ""}, "parameter `out` got ''; it takes the path of a folder"),
        ({"out": "a\0b"}, r"parameter `out` got 'a\x00b'; it takes the path of a folder"),
        ({"seedz": 4}, "unknown parameter `seedz`; did you mean `seeds`?"),
        ({"xyz": 4}, "unknown parameter `xyz`; known are profile, seeds, device, workers, out, levels, level, data, "
                     "rate, strategies, patience, epochs"),
        ({"strategies": ["one-shot", "one-shot"]},
         "parameter `strategies` got ['one-shot', 'one-shot']; it takes each strategy once"),
        ({"patience": 11}, "parameter `patience` got more than `epochs`; it takes at most as many"),
    ],
)  # fmt: skip
def test_each_mistake_is_one_sentence(good, wrong, sentence):
    assert refusal(good, **wrong) == sentence


def test_several_mistakes_are_a_line_each(good):
    assert refusal(good, level=1.0, seeds=0, levels=[1.0, 2.0]).splitlines() == [
        "parameter `seeds` got 0; it takes a whole number in [1, 100000]",
        "parameter `levels` got 1.0 at position 0; it takes a list of at least 1 entry, each a number in [0, 1)",
        "parameter `level` got 1.0; it takes a number in [0, 1)",
    ]


def test_a_missing_parameter_is_named(tmp_path):
    with pytest.raises(ParameterError, match="^parameter `levels` is missing; it takes a list of at least 1 entry"):
        TicketStudy(seeds=1, out=str(tmp_path))


def test_right_parameters_come_through(good):
    study = TicketStudy(**good, data="imagefolder:/some/where", strategies=["iterative"])
    assert (study.seeds, study.levels, study.data) == (3, [0.0, 0.5, 0.9], "imagefolder:/some/where")
    assert (study.profile, study.device, study.workers) == ("quick", "cpu", 0)
    with pytest.raises(ValueError, match="frozen"):
        study.seeds = 4


def test_cuda_is_taken_only_where_there_is_one(good, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    message = "parameter `device` got 'cuda'; it takes `cpu` here, because torch finds no CUDA device"
    assert refusal(good, device="cuda") == message
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert TicketStudy(**good, device="cuda").device == "cuda"


def test_an_unwritable_folder_is_refused_at_once(good, tmp_path):
    (tmp_path / "file").write_text("in the way")
    sentence = refusal(good, out=str(tmp_path / "file"))
    assert sentence == (
        f"parameter `out` got {str(tmp_path / 'file')!r}; it takes a folder that can be written (Not a directory)"
    )


def test_a_read_only_folder_is_refused(good, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(parameters.tempfile, "TemporaryFile", refuse)
    assert refusal(good).endswith("it takes a folder that can be written (Read-only file system)")


def test_results_go_to_the_repository_or_the_current_folder(good, tmp_path, monkeypatch):
    study = TicketStudy(**good, profile="smoke")
    assert study.folder == tmp_path / "smoke" / "03_tickets"
    package = tmp_path / "checkout" / "pruneuq_helpers"
    package.mkdir(parents=True)
    monkeypatch.setattr(parameters, "__file__", str(package / "study" / "parameters.py"))
    monkeypatch.chdir(tmp_path)
    assert TicketStudy(**{**good, "out": "runs"}).folder == tmp_path / "runs" / "quick" / "03_tickets"
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "_toc.yml").touch()  # the offline book: its notebooks beside, the package elsewhere
    monkeypatch.chdir(tmp_path / "notebooks")
    assert TicketStudy(**{**good, "out": "runs"}).folder == tmp_path / "runs" / "quick" / "03_tickets"
    (package.parent / "_toc.yml").touch()
    assert TicketStudy(**{**good, "out": "runs"}).folder == package.parent / "runs" / "quick" / "03_tickets"


def test_a_script_gives_its_names(good):
    namespace = {**good, "__name__": "__main__", "_private": 1, "Path": Path, "pytest": pytest, "helper": lambda: 0}
    assert TicketStudy.from_notebook(namespace) == TicketStudy(**good)
    with pytest.raises(ParameterError, match="^unknown parameter `seedz`; did you mean `seeds`.$"):
        TicketStudy.from_notebook({**namespace, "seedz": 2})


class Notebook:
    """Cells executed one after the other, as a kernel does."""

    def __init__(self):
        self.shell = InteractiveShell(config=Config({"HistoryManager": {"hist_file": ":memory:"}}))
        self.shell.user_ns["TicketStudy"] = TicketStudy

    def __call__(self, *sources):
        for source in sources:
            result = self.shell.run_cell(source, store_history=True)
            result.raise_error()
        return self.shell.user_ns.get("study")


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    return Notebook()


@pytest.fixture
def cells(tmp_path):
    literals = ["seeds = 3  # how many", "levels = [0.0, 0.5]", f"out = {str(tmp_path)!r}"]
    return "\n".join(literals), "study = TicketStudy.from_notebook(globals())"


REST = (
    "import math\nrows = [1, 2]\nfor level in [7, 8]:\n    rows.append(level)",
    "seeds_seen = 4",
    "x = 3; y = 'text'",
)


def test_a_notebook_gives_the_cells_before_the_study(notebook, cells):
    assert notebook(cells[0], "# Parameters\nseeds = 5\nrate = 0.2\n", cells[1]).seeds == 5


def test_an_injected_unknown_name_is_refused(notebook, cells):
    with pytest.raises(ParameterError, match="unknown parameter `seedz`; did you mean `seeds`"):
        notebook(cells[0], "seedz = 5", cells[1])


def test_rerunning_the_first_cells_ignores_what_came_later(notebook, cells):
    first = notebook(*cells, *REST)
    assert notebook(*cells) == first
    assert notebook(cells[0].replace("3", "9"), cells[1]).seeds == 9
    assert notebook(*REST, cells[1]).seeds == 9


def test_a_later_cell_of_literals_changes_parameters(notebook, cells):
    notebook(*cells, *REST)
    assert notebook("seeds = 7\nlevel = 0.25", cells[1]).level == 0.25
    with pytest.raises(ParameterError, match="unknown parameter `levle`"):
        notebook("seeds = 7\nlevle = 0.25", cells[1])


def test_a_mended_typing_error_is_forgotten(notebook, cells):
    with pytest.raises(ParameterError, match="unknown parameter `seedz`"):
        notebook(cells[0].replace("seeds", "seedz"), cells[1])
    assert notebook(*cells).seeds == 3


def test_a_loop_variable_does_not_become_a_parameter(notebook, cells):
    notebook(cells[0] + "\nlevel = 0.1", cells[1], *REST)
    assert notebook(cells[1]).level == 0.1


def test_values_that_are_not_literals_count_too(notebook, cells):
    notebook(cells[0].splitlines()[2], "levels = [i / 10 for i in range(3)]", "seeds = 2 * 3")
    assert notebook(cells[1]).seeds == 6


def test_parameters_and_study_in_one_cell(notebook, cells):
    with np.printoptions():  # the magic sets what NumPy prints in this whole process
        assert notebook("%precision 3\n" + "\n".join(cells)).seeds == 3


def test_papermill_stops_at_the_study_with_the_sentence(tmp_path):
    code = [
        "seeds = 3",
        "from pruneuq_helpers.study.parameters import Study\nstudy = Study.from_notebook(globals())",
        "raise SystemExit('the next cell ran')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in code])
    notebook.cells[0].metadata["tags"] = ["parameters"]
    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(notebook, tmp_path / "in.ipynb")
    given = {"seedz": 2, "out": str(tmp_path)}
    with pytest.raises(papermill.PapermillExecutionError) as caught:
        papermill.execute_notebook(tmp_path / "in.ipynb", tmp_path / "out.ipynb", given, progress_bar=False)
    assert caught.value.evalue == "unknown parameter `seedz`; did you mean `seeds`?"
    assert caught.value.traceback == ["ParameterError: unknown parameter `seedz`; did you mean `seeds`?"]


def test_a_profile_that_sets_all_required_parameters_keeps_the_optional_ones_of_the_notebook():
    history = ["", "seeds = 3\nworkers = 1", "seeds = 5", "study = Study.from_notebook(globals())"]
    names = {"In": history, "seeds": 5, "workers": 1}
    assert parameters_set(names, {"seeds", "workers"}, {"seeds"}) == {"seeds": 5, "workers": 1}


def test_an_entry_named_twice_is_refused_but_equal_widths_are_not(tmp_path):
    class Wide(Study):
        levels: Levels
        hidden: list[int]

    good = {"seeds": 1, "out": str(tmp_path), "levels": [0.1, 0.5]}
    assert Wide(**good, hidden=[8, 8]).hidden == [8, 8]
    with pytest.raises(ParameterError, match="^parameter `levels` got 0.5 twice; it takes each entry once$"):
        Wide(**good | {"levels": [0.5, 0.1, 0.5]}, hidden=[8])
