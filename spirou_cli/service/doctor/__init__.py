"""Whether all is well: the store, the keys, the providers, the machine; each finding with what to type."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spirou_cli.domain.errors import InvalidInput
from spirou_cli.service.context import Context
from spirou_cli.service.doctor import accounts, machine, place, store
from spirou_cli.service.doctor.finding import Finding, Report

__all__ = ["Finding", "Report", "examine", "repair"]


def examine(context: Context, config: Path, *, wrong_config: InvalidInput | None, online: bool) -> Report:
    """Look at everything and change nothing. ``online`` asks each provider whether it answers."""
    findings = list(place.findings(context))  # before anything is opened: opening mends some of it
    findings += machine.findings(context, config, wrong_config)
    findings += store.findings(context)
    if not any(finding.stops for finding in findings):
        findings += accounts.findings(context, online=online)
    return Report(tuple(_once(findings)), tuple(machine.facts(context, config)))


def repair(context: Context) -> list[str]:
    """Mend what can be mended without a question: permissions, indexes, read tables, leftover drafts."""
    return [*place.repair(context), *store.repair(context)]


def _once(findings: Iterable[Finding]) -> list[Finding]:
    return list({(finding.code, str(finding)): finding for finding in findings}.values())
