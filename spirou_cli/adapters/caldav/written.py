"""What we last wrote into an item, kept in the item: whether somebody has changed our own words since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from spirou_cli.adapters.caldav import notes
from spirou_cli.adapters.caldav.item import Item

__all__ = ["WRITTEN", "Written"]

WRITTEN = "X-SPIROU-WRITTEN"


@dataclass(frozen=True, slots=True)
class Written:
    """Digests of what the person's side wrote; empty where an app dropped the property that holds them."""

    summary: str = ""
    due: str = ""
    length: int = -1
    """How much of the notes is the brief's own text."""
    text: str = ""

    @classmethod
    def now(cls, item: Item, text: str) -> Self:
        """What is being written: the item's fields, with ``text`` at the beginning of its notes."""
        return cls(notes.digest(item.text("SUMMARY")), notes.digest(item.due), len(text), notes.digest(text))

    @classmethod
    def of(cls, item: Item) -> Self:
        """What the item says that we wrote."""
        try:
            summary, due, length, text = item.text(WRITTEN).split()
            return cls(summary, due, int(length), text)
        except ValueError:
            return cls()

    def with_text(self, text: str) -> Self:
        """The same, with another text of the brief."""
        return replace(self, length=len(text), text=notes.digest(text))

    def to_text(self) -> str:
        """The value of the property, in characters that no server escapes or folds in its own way."""
        return f"{self.summary} {self.due} {self.length} {self.text}"

    def own_text(self, item: Item) -> str | None:
        """The brief's text as it stands in the notes; None if it isn't as we wrote it."""
        if self.length < 0:
            return None
        text = item.text("DESCRIPTION").replace("\r\n", "\n")[: self.length]
        return text if notes.digest(text) == self.text else None

    def changed(self, item: Item) -> Iterator[tuple[str, str]]:
        """The name and the present value of each field that somebody has changed."""
        for name, digest, now in (
            ("SUMMARY", self.summary, item.text("SUMMARY")),
            ("DUE", self.due, item.due),
        ):
            if digest and notes.digest(now) != digest:
                yield name, now
        if self.length > 0 and self.own_text(item) is None:
            above, _, below = notes.parts(item.text("DESCRIPTION"), item.text("UID"))
            if below is not None:
                yield "DESCRIPTION", above
