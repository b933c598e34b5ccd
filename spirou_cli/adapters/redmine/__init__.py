"""Redmine: a task is an issue, words are public comments, time is its time entries."""

from spirou_cli.adapters.redmine.adapter import RedmineAdapter

__all__ = ["RedmineAdapter"]
