"""Nothing that is written has a secret in it."""

from __future__ import annotations

import base64
import logging
import pickle
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from spirou_cli.service import providers
from spirou_cli.service.connect import connect
from spirou_cli.service.context import Context
from spirou_cli.service.redaction import RedactingFilter, Redactor, Secret

CANARY = "c4n4ry/Key+with=marks&more~4711"


@pytest.fixture
def redactor() -> Redactor:
    redactor = Redactor()
    redactor.register(Secret(CANARY))
    return redactor


def test_a_secret_does_not_show_itself() -> None:
    """Printing, formatting, comparing and keeping a Secret doesn't write its value."""
    secret = Secret(CANARY)

    assert f"{secret} {secret!r} {[secret]} %s" % secret == "*** *** [***] ***"
    assert secret == Secret(CANARY)
    assert secret != Secret("other")
    assert not hasattr(secret, "__dict__")
    with pytest.raises(TypeError):
        pickle.dumps(secret)


@pytest.mark.parametrize(
    "text",
    [
        CANARY,
        quote(CANARY),
        quote(CANARY, safe=""),
        urlencode({"key": CANARY}),
        base64.b64encode(CANARY.encode()).decode(),
        base64.urlsafe_b64encode(CANARY.encode()).decode(),
        *(base64.b64encode(f"{'u' * n}:{CANARY}".encode()).decode() for n in range(3, 7)),
        *(base64.b64encode(f"{'u' * n}:{CANARY}\0!".encode()).decode() for n in range(3, 7)),
        CANARY[:12],
        CANARY[:20],
    ],
)
def test_every_form_of_a_secret_is_hidden(redactor: Redactor, text: str) -> None:
    """Plain, quoted, in base64 at any place, and cut short: nothing recognisable is left."""
    shown = redactor.redact(f"before {text} after")

    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert redactor.knows(text)
    assert "***" in shown
    assert CANARY[:8] not in shown
    assert not any(text[i : i + 12] in shown for i in range(8, len(text) - 24))


def test_other_text_is_left_alone(redactor: Redactor) -> None:
    """What isn't a secret isn't touched, and a very short secret doesn't riddle the text."""
    redactor.register(Secret("a"))

    assert redactor.redact("a plain line about Canary Wharf") == "a plain line about Canary Wharf"
    assert not redactor.knows("a plain line")


def test_a_log_line_is_redacted_with_its_arguments(redactor: Redactor) -> None:
    """Arguments, and the traceback of an error that quotes the value, never reach a handler."""
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Kept()
    handler.addFilter(RedactingFilter(redactor))
    log = logging.Logger("spirou.test")
    log.addHandler(handler)

    try:
        raise ValueError(CANARY)
    except ValueError:
        log.exception("failed with %s", CANARY)

    assert lines == ["failed with ***"]


def test_a_warning_of_a_library_is_redacted_and_obeyed_by_no_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nobody set up a log: what Python then writes to standard error has no secret and no screen code."""

    context = Context(tmp_path / "spirou.db", lambda: datetime.now(UTC), connect, UTC)
    account = providers.add(context, "julie", "folder", {"path": str(tmp_path / "shared")})
    context.redactor.register(Secret(CANARY))
    handlers, logging.root.handlers = logging.root.handlers, []
    try:
        connect(context, account)
        logging.getLogger("somebody.else").warning("key %s \x1b[2J", CANARY)
    finally:
        logging.root.handlers = handlers

    said = capfd.readouterr().err
    assert "key ***" in said
    assert CANARY not in said
    assert "\x1b" not in said
