"""Two small values that tasks and facts share: why a task stands where it stands, and a kept file."""

from __future__ import annotations

from spirou_cli.domain.record import record

__all__ = ["FileRef", "Reason"]


@record
class Reason:
    """Why, as a code of ours with its figures; the words are made in cli/render.

    ``code`` ``said`` is the provider's own sentence, in ``text``.
    """

    code: str
    figures: tuple[int, ...] = ()
    text: str = ""


@record
class FileRef:
    """A file kept by content: ``sha256`` names it in the store's file folder."""

    name: str
    sha256: str
    size: int
    media_type: str = "application/octet-stream"
