"""How far each folder has been read, in a form that notices when uids lose their meaning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from spirou_cli.adapters.base import CursorExpired
from spirou_cli.adapters.email.imap import Folder

__all__ = ["Cursor"]


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last uid read of each folder, with the UIDVALIDITY it belongs to."""

    read: Mapping[str, tuple[int, int]]

    @classmethod
    def parse(cls, text: str | None) -> Cursor:
        """Raises CursorExpired for a text that isn't ours: everything is then read again."""
        if text is None:
            return cls({})
        try:
            folders = json.loads(text)["folders"].items()
            return cls({name: (int(validity), int(uid)) for name, (validity, uid) in folders})
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CursorExpired("the place in the mailbox can't be read") from None

    def last_read(self, folder: Folder) -> int | None:
        """The last uid read, None for a folder never read. Raises CursorExpired when uids were given anew."""
        if folder.name not in self.read:
            return None
        validity, uid = self.read[folder.name]
        if validity != folder.uidvalidity:
            raise CursorExpired(f"the folder {folder.name} was rebuilt")
        if uid >= folder.uidnext:  # it never goes down: one of the two was a lie
            raise CursorExpired(f"the folder {folder.name} ends before what was read of it")
        return uid

    def moved(self, folder: Folder, uid: int) -> Cursor:
        return replace(self, read={**self.read, folder.name: (folder.uidvalidity, uid)})

    def __str__(self) -> str:
        return json.dumps({"folders": self.read}, sort_keys=True)
