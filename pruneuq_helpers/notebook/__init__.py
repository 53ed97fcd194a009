"""What a notebook calls to hand figures and numbers to its page."""

from pruneuq_helpers.notebook.page import Say, show

__all__ = ["Say", "show"]
