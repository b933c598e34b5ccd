"""Request Tracker: a task is a ticket, words are its correspondence, time is its time worked."""

from spirou_cli.adapters.rt.adapter import RTAdapter

__all__ = ["RTAdapter"]
