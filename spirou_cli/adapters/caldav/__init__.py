"""CalDAV: a task is an item of a shared list of to-dos, words and time are in its notes."""

from spirou_cli.adapters.caldav.adapter import CalDAVAdapter

__all__ = ["CalDAVAdapter"]
