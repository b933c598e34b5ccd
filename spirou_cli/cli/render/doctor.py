"""An examination on a screen: what is in use, what is wrong, what to type."""

from __future__ import annotations

from collections.abc import Sequence

from spirou_cli.cli.render.changes import command
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Span, Style
from spirou_cli.domain.errors import mark
from spirou_cli.service.doctor import Finding, Report

__all__ = ["as_json", "repaired", "write"]


def write(screen: Screen, report: Report) -> None:
    """The facts, then each finding with its command."""
    screen.definitions(report.facts)
    screen.blank()
    for finding in report.findings:
        style = Style.WARNING if finding.advice else Style.BAD
        screen.text(screen.words.say(finding.message, **finding.fields), style)
        command(screen, screen.words.say(finding.hint, **finding.fields))
    if not report.findings:
        screen.text(screen.words.say(mark("All is well.")), Style.GOOD)
        return
    wrong = sum(not finding.advice for finding in report.findings)
    if wrong:
        screen.line(
            Span(screen.words.plural("{n} thing is wrong.", "{n} things are wrong.", wrong), Style.HEADING)
        )


def repaired(screen: Screen, done: Sequence[str]) -> None:
    """What was mended."""
    for each in done:
        screen.note(mark("Made again, or put in order: {what}"), what=each)


def as_json(screen: Screen, report: Report, done: Sequence[str]) -> Json:
    """``spirou.doctor/1``."""
    return {
        "ok": report.ok,
        "findings": [_finding(screen, finding) for finding in report.findings],
        "facts": dict(report.facts),
        "repaired": list(done),
    }


def _finding(screen: Screen, finding: Finding) -> Json:
    words = screen.words
    return {
        "code": finding.code,
        "message": words.say(finding.message, **finding.fields),
        "hint": words.say(finding.hint, **finding.fields),
        "advice": finding.advice,
    }
