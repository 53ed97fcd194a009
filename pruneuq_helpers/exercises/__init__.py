"""Exercises: read from the chapters, copied for students and teachers, and checked.

A chapter's Markdown file is the only source. ``form`` reads it, ``checks`` derives what a student's
answer must satisfy, ``copies`` writes notebooks without solutions, ``running`` runs a chapter with other
answers in it, and ``submissions`` scores what students hand in. Nothing here imports torch.
"""

from pruneuq_helpers.exercises.copies import instructor, student
from pruneuq_helpers.exercises.form import Exercise, parts
from pruneuq_helpers.exercises.submissions import score, score_folder

__all__ = ["Exercise", "instructor", "parts", "score", "score_folder", "student"]
