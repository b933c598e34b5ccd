"""A task is a folder: the provider that needs no account."""

from spirou_cli.adapters.folder.adapter import FolderAdapter

__all__ = ["FolderAdapter"]
