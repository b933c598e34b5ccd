"""The provider every assistant already has: a mailbox."""

from spirou_cli.adapters.email.adapter import EmailAdapter

__all__ = ["EmailAdapter"]
