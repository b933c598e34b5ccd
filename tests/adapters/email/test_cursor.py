"""How far a mailbox was read."""

from __future__ import annotations

import pytest

from spirou_cli.adapters import CursorExpired
from spirou_cli.adapters.email.cursor import Cursor
from spirou_cli.adapters.email.imap import Folder

INBOX, OTHER = Folder("INBOX", 7, 12), Folder("Été", 9, 3)


def test_a_cursor_remembers_each_folder() -> None:
    """What is written down is what is read, and a folder never seen is new."""
    cursor = Cursor.parse(str(Cursor({}).moved(INBOX, 11).moved(OTHER, 2)))

    assert (cursor.last_read(INBOX), cursor.last_read(OTHER)) == (11, 2)
    assert cursor.last_read(Folder("New", 1, 1)) is None


def test_new_uids_expire_the_cursor() -> None:
    """Another UIDVALIDITY: the numbers no longer mean the same mails (RFC 3501, 2.3.1.1)."""
    cursor = Cursor({}).moved(INBOX, 11)

    with pytest.raises(CursorExpired):
        cursor.last_read(Folder("INBOX", 8, 12))


def test_a_folder_that_ends_before_what_was_read_expires_the_cursor() -> None:
    """A server that once named a number too high must not hide what comes until then."""
    cursor = Cursor({}).moved(INBOX, 4_294_967_294)

    with pytest.raises(CursorExpired):
        cursor.last_read(INBOX)


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"folders": 1}', '{"folders": {"INBOX": [1]}}', '{"folders": {"INBOX": ["x", 2]}}'])  # fmt: skip  # noqa: E501
def test_a_foreign_cursor_is_expired(text: str) -> None:
    """Everything is then read again; nothing is told twice."""
    with pytest.raises(CursorExpired):
        Cursor.parse(text)
