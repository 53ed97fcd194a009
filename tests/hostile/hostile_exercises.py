"""Exercises, and how each function is called."""

import tempfile
from pathlib import Path

from hostile_judge import Call, Case
from hostile_tables import odd
from hostile_values import whole

from pruneuq_helpers import exercises

FOLDER = tempfile.TemporaryDirectory()
HERE = Path(FOLDER.name)
CHAPTER = HERE / "00_none.md"
CHAPTER.write_text("---\njupytext:\n  text_representation: {format_name: myst}\n---\n\n# None\n\nNothing.\n")
(HERE / "noise.md").write_bytes(b"\xff\xfe\0")
(HERE / "broken.md").write_text("# A\n\n```{exercise-start} B\n:label: b\n```\n\nC.\n")
(HERE / "empty").mkdir()
NO_PATHS = (None, 3, [], {}, True, "", "\0", "x" * 5000, b"x")
CHAPTERS = odd(CHAPTER, *NO_PATHS, HERE, HERE / "none.md", HERE / "noise.md", HERE / "broken.md").also(
    Case("text", str(CHAPTER), CHAPTER)
)
CALLS = [
    Call("instructor", exercises.instructor, path=CHAPTERS),
    Call("parts", lambda path: [part.source for part in exercises.parts(path)], path=CHAPTERS),
    Call("student", exercises.student, path=CHAPTERS),
    Call("score", exercises.score, path=odd(HERE / "none.ipynb", *NO_PATHS), seconds=whole(60)),
    Call(
        "score_folder",
        exercises.score_folder,
        folder=odd(HERE / "empty", *NO_PATHS, CHAPTER, HERE / "none"),
        seconds=whole(60),
        jobs=whole(1),
        tell=odd(print, None, 3, "print", []),
    ),
]
