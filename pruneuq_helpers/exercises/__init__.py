"""Exercises: read from the chapters, copied for students and teachers, and checked.

A chapter's Markdown file is the only source. ``form`` reads it, ``checks`` derives what a student's
answer must satisfy, ``copies`` writes notebooks without solutions, and ``submissions`` scores what students hand in.

For a score ``running`` starts a process in which ``sitting`` runs the chapter. ``attempt`` forks two processes from
it for each answer: ``answering`` runs the answer, ``judging`` its check. What goes from one to the other, through
``channel``, is ``plain`` values. ``remarks`` are for the student; ``ending`` leaves nothing behind. Nothing here
imports torch.
"""

from pruneuq_helpers.exercises.copies import instructor, student
from pruneuq_helpers.exercises.form import Exercise, parts
from pruneuq_helpers.exercises.submissions import score, score_folder

__all__ = ["Exercise", "instructor", "parts", "score", "score_folder", "student"]
