"""Clauses on handing a task over: once, whole, and as it was typed."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from spirou_cli.adapters import (
    Attachment,
    Brief,
    MessageReceived,
    Money,
    OpKind,
    Rejected,
    Repeat,
    StateChanged,
    TaskState,
    Uncertain,
    UsageReported,
)
from spirou_cli.testing.clauses.base import Clauses
from spirou_cli.testing.core import Core, a_brief

DUE = datetime(2026, 12, 1, 23, 59, tzinfo=timezone(timedelta(hours=1)))

TITLES = {
    "accents": "Réserver le dentiste — « mardi » à Œting, 10 €",
    "decomposed": "Cafe\u0301 au lait",
    "emoji": "Call 👩‍👧 and 🦷",
    "right to left": "שלום hello العربية",
    "path": "../../etc/passwd",
    "device": "CON",
    "option": "-rf --help",
    "markup": "[red]x[/red] <b>&amp;</b> **bold** `code` # 1",
    "format": "{0} {title} %s %(x)s \\ \"two\" 'one'",
    "encoded word": "=?utf-8?q?x?= : ; =",
    "formula": '=HYPERLINK("https://example.com")',
    "long": "Book " + "a very long title " * 27,
}

BODY = "\n".join(
    [
        "Call after ten.",
        "",
        "Status: done",
        "Statut : terminé",
        "Question: who pays?",
        "12 min – not worked",
        "- [x] done",
        "> quoted",
        "From here on",
        ".",
        "..",
        "--",
        "---",
        "# Heading",
        "```",
        "    four spaces",
        "\ta tab",
        "<script>alert(1)</script> &amp; &lt;",
        "[link](https://example.com) ![x](https://example.com/?q=1)",
        "{0} {title} %s %(x)s =?utf-8?q?x?=",
        "e\u0301 é œ 漢字 עברית 👩‍👧",
        "word " * 300 + "end",
        "The end",
    ]
)


class SubmitClauses(Clauses):
    """What ``submit`` promises."""

    def test_a_task_reaches_the_other_side(self, core: Core) -> None:
        """A brief with nothing but a title is there, with its title."""
        brief = a_brief()

        ref = core.submit(brief)

        seen = core.wait_until_seen(ref)
        assert ref.id
        assert brief.title in seen.title

    def test_two_tasks_have_two_names(self, core: Core) -> None:
        """Two briefs of the same words are two tasks."""
        first, second = core.submit(a_brief()), core.submit(a_brief())

        assert first.id != second.id
        assert len(core.seen(core.open_tasks[0].ref)) <= 1

    def test_every_field_may_be_filled(self, core: Core, tmp_path: Path) -> None:
        """A brief with all it can have is taken, in both languages."""
        full = replace(
            a_brief(),
            body="Any dentist near the station.",
            due=DUE,
            due_is_day=False,
            max_time_s=900,
            max_cost=Money(2500, "EUR"),
            priority="high",
            project="health",
            tags=("home", "santé"),
            sender="Camille",
        )
        for language in ("en", "fr"):
            brief = replace(full, op_key=a_brief().op_key, language=language)

            seen = core.wait_until_seen(core.submit(brief))

            assert brief.title in seen.title
            assert brief.body in seen.text

    @pytest.mark.parametrize("title", TITLES.values(), ids=TITLES.keys())
    def test_a_title_arrives_as_typed(self, core: Core, title: str) -> None:
        """No title breaks the provider's form, and none is changed."""
        brief = a_brief(title.strip())

        seen = core.wait_until_seen(core.submit(brief))

        assert brief.title in seen.title or brief.title in seen.text

    def test_a_body_arrives_as_typed(self, core: Core) -> None:
        """Words that look like the provider's own marks are words."""
        seen = core.wait_until_seen(core.submit(_with_body(BODY)))

        assert BODY in seen.text.replace("\r\n", "\n")

    def test_a_body_is_never_read_back_as_news(self, core: Core) -> None:
        """«Status: done» in the person's own brief isn't the provider's answer."""
        ref = core.submit(_with_body(BODY))
        core.wait_until_seen(ref)

        core.news()

        answers = [
            report
            for report in core.said_of(ref)
            if isinstance(report, UsageReported)
            or (isinstance(report, MessageReceived) and (report.question or "who pays?" in report.text))
        ]
        states = {r.state for r in core.said_of(ref) if isinstance(r, StateChanged)}
        assert answers == []
        assert states <= {TaskState.SUBMITTED, TaskState.WORKING, TaskState.PAUSED}

    def test_control_characters_are_taken_or_refused(self, core: Core) -> None:
        """ESC, NUL and their like reach the other side or are ``Rejected``: no third thing happens."""
        brief = _with_body("before \x1b[2J \x07 \x00 \x9b2J \u202e \ufeff after")

        try:
            ref = core.submit(brief)
        except Rejected:
            return

        assert "after" in core.wait_until_seen(ref).text

    def test_attachments_arrive_byte_for_byte(self, core: Core, tmp_path: Path) -> None:
        """Every file is there with its bytes, whatever it is called and although two share a name."""
        core.require("attach")
        contents = [bytes(range(256)) * 40, b"", b"second\r\n", "é".encode("latin-1")]
        names = ["photo.bin", "empty.txt", "photo.bin", "../../Relevé d\u2019été.txt"]
        pairs = zip(names, contents, strict=True)
        files = tuple(attachment(tmp_path / str(i), *pair) for i, pair in enumerate(pairs))

        ref = core.submit(replace(a_brief(), attachments=files))

        seen = core.wait_until_seen(ref, lambda task: len(task.files) >= len(files))
        assert sorted(content for _, content in seen.files) == sorted(contents)

    def test_the_deadline_arrives(self, core: Core) -> None:
        """The day that was asked for is the day that the other side reads."""
        core.require("deadline")

        seen = core.wait_until_seen(core.submit(replace(a_brief(), due=DUE)))

        assert seen.due == DUE.date()

    def test_a_repeated_submit_makes_one_task(self, core: Core) -> None:
        """The same key twice, with a restart between, is one task of one name."""
        _require_repeatable_submit(core)
        brief = a_brief()

        first = core.submit(brief)
        core.wait_until_seen(first)
        core.restart()
        second = core.adapter.submit(brief).ref

        assert second == first
        assert len(core.seen(first)) == 1

    def test_a_submit_is_repeated_after_a_lost_answer(self, core: Core) -> None:
        """Submitting again after an answer was lost finds the task that was made."""
        _require_repeatable_submit(core)
        brief = a_brief()
        core.connected.faults.lose_answer()
        with suppress(Uncertain):
            core.adapter.submit(brief)

        core.restart()
        ref = core.submit(brief)

        core.wait_until_seen(ref)
        assert len(core.seen(ref)) == 1

    def test_a_quote_changes_nothing(self, core: Core) -> None:
        """Asking what a task would take makes no task."""
        core.require("quote")
        before = core.connected.assistant.tasks()

        core.adapter.quote(a_brief())

        assert core.connected.assistant.tasks() == before


def attachment(path: Path, name: str, content: bytes) -> Attachment:
    """A file to hand over, written to ``path``."""
    path.write_bytes(content)
    return Attachment(name, path, hashlib.sha256(content).hexdigest(), len(content))


def _with_body(body: str) -> Brief:
    return replace(a_brief(), body=body)


def _require_repeatable_submit(core: Core) -> None:
    way = core.capabilities.repeatability(OpKind.SUBMIT).how
    if way not in (Repeat.KEY, Repeat.NAMED):
        pytest.skip(f"this connection declares {way} for submit, not K or N")
