"""Exercises: read from the chapters (`form`), copied (`copies`), and checked (`checks`, `submissions`), without torch.

`running` starts a process in which `sitting` runs the chapter; `attempt` forks two from it for each answer: `answering`
runs the answer, `judging` its check. What goes between them, through `channel`, is `plain` values.
"""

from pruneuq_helpers.exercises.copies import instructor, student
from pruneuq_helpers.exercises.form import Exercise, parts
from pruneuq_helpers.exercises.submissions import score, score_folder

__all__ = ["Exercise", "instructor", "parts", "score", "score_folder", "student"]
