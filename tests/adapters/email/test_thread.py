"""Names: of a mail, of a task, of a thread."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spirou_cli.adapters import NotFound, Ref, Rejected
from spirou_cli.adapters.email.thread import Thread, made_at, message_id, ref_of, thread_of, token
from tests.adapters.email.letters import KEY, OTHER_KEY


def test_a_mail_is_named_after_its_op() -> None:
    """The Message-ID is the op's key: who has the key can look the mail up."""
    assert message_id(KEY, "client.test") == f"{KEY}@client.test"


@pytest.mark.parametrize(
    "key", ["", "a\r\nBcc: evil@x.test", "a b", "a<b", 'a"b', "a@b", "é", "-x", "x" * 200]
)
def test_a_key_that_would_break_a_header_is_refused(key: str) -> None:
    """MSG05: nothing but letters, digits and a few signs ever names a mail."""
    with pytest.raises(Rejected):
        message_id(key, "client.test")


def test_the_time_of_a_key_is_read_from_it() -> None:
    """A UUIDv7 knows when it was made (RFC 9562, 5.7, appendix A.6); another key doesn't."""
    assert made_at("017f22e2-79b0-7cc3-98c4-dc0c0c07398f") == datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)
    assert made_at("919108f7-52d1-4320-9bac-f847db4148a8") is None
    assert made_at("op-1") is None


def test_tokens_are_short_and_differ() -> None:
    """Eight letters that can be typed from paper, and another task's are others."""
    assert len(token(KEY)) == 8
    assert token(KEY) != token(OTHER_KEY)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=80))
def test_a_ref_carries_its_thread(title: str) -> None:
    """Whatever the title has in it, the link leads back to the same subject and first mail."""
    ref = ref_of(KEY, address="julie@assistant.test", subject=title, message_id=f"{KEY}@client.test")

    assert thread_of(ref) == Thread(f"Re: {title}", f"{KEY}@client.test")


@pytest.mark.parametrize("url", [None, "", "https://example.test/?subject=x", "mailto:julie@assistant.test"])
def test_a_ref_of_no_mail_is_not_found(url: str | None) -> None:
    """No mail leaves for a task that was never sent by mail."""
    with pytest.raises(NotFound):
        thread_of(Ref("x", url))
