"""The bank of exam questions: answers that are numbers are right, and no sheet for students holds an answer."""

import importlib.util
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _tool():
    spec = importlib.util.spec_from_file_location("exam_tool", ROOT / "tools" / "exam.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["exam_tool"] = module
    spec.loader.exec_module(module)
    return module


TOOL = _tool()
BANK = TOOL.read(TOOL.BANK.read_text(encoding="utf-8"))
ONE = "# B\n\n## Sum\n*chapter 2 · 3 points · number*\n\nHow much is {{ a }}?\n\n```python\na = pick(1, 2)\n```\n\n"


def test_forty_questions_of_every_chapter_and_kind():
    assert len(BANK) == 40
    assert len({one.title for one in BANK}) == 40
    by_chapter = Counter(one.chapter for one in BANK)
    assert set(by_chapter) == set(range(1, 11))
    assert min(by_chapter.values()) >= 3
    assert {one.kind for one in BANK} == set(TOOL.KINDS)


@pytest.mark.parametrize("one", BANK, ids=lambda one: one.title)
def test_every_question_has_an_answer_that_its_own_code_confirms(one):
    answers = set()
    for seed in range(6):
        asked, answered, names = one.drawn((seed,))  # its assertions run here
        assert not re.search(r"\d\.\d{5}|np\.|\{\{", asked + answered)
        assert len(answered) > 10
        answers.add(answered)
        assert ("answer" in names) == (one.kind == "number")
    if one.kind == "number":
        assert "assert " in one.code
        assert len(answers) > 1, "every version has the same answer"
    elif one.kind == "words":
        assert sum(int(points) for points in re.findall(r"\((\d)\)", answered)) in (0, one.points)


def test_students_sheet_holds_no_answer_and_the_teachers_every_one():
    students, teachers = (TOOL.sheet(BANK, "All", (0,), answers) for answers in (False, True))
    assert TOOL.ANSWER not in students
    assert teachers.count(TOOL.ANSWER) == 40
    for one in BANK:
        _, answered, _ = one.drawn((0, sum(map(ord, one.title))))
        assert answered in teachers
        assert answered.split("(1)")[0] not in students


def test_an_exam_fits_its_time_and_its_chapters_and_versions_differ(tmp_path, capsys):
    TOOL.main([2, 4], 60, 2, 0, tmp_path)
    said = capsys.readouterr().out
    number = int(said.split()[0])
    sheets = [(tmp_path / f"{name}_{letter}.md").read_text() for letter in "AB" for name in ("sheet", "answers")]
    for text in sheets:
        assert text.count("\n## ") == number > 5
        assert int(re.search(r"(\d+) minutes", text)[1]) <= 60
    assert set(re.findall(r"\*Chapter (\d+)", sheets[1])) == {"2", "4"}
    titles = [re.findall(r"^## \d+\. (.+)$", sheets[place], re.M) for place in (0, 2)]
    assert sorted(titles[0]) == sorted(titles[1])
    assert titles[0] != titles[1]
    assert (tmp_path / "sheet_A.html").read_text().startswith("<!doctype html>")


def test_wrong_chapters_are_one_sentence():
    words = [sys.executable, ROOT / "tools" / "exam.py", "--chapters", "2,x"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("--chapters got 2,x; it takes such as 2,4,5 or 2-5")


def test_no_time_for_any_question_is_told(tmp_path):
    with pytest.raises(SystemExit, match="no question of chapters .* fits into 1 minutes"):
        TOOL.main([2], 1, 1, 0, tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ONE, "the question `Sum` needs"),
        (ONE.replace("3 points", "points") + "**Answer.** {{ a }}.", "the question `Sum` needs"),
        (re.sub(r"```python.*```", "", ONE, flags=re.S) + "**Answer.** two.", "needs code that checks its answer"),
    ],
)
def test_a_question_that_lacks_a_part_is_told(text, message):
    with pytest.raises(ValueError, match=message):
        TOOL.read(text)


def test_command_writes_the_bank_for_teachers(tmp_path, monkeypatch):
    TOOL.whole(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"exam_questions.md", "exam_questions.html", "capstone.md"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "exam.py"), "--help"], capture_output=True, text=True, check=True
    )
    assert "--versions" in done.stdout
