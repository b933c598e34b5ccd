"""What an examination finds."""

from __future__ import annotations

from collections.abc import Mapping

from spirou_cli.domain.errors import Field, SpirouError
from spirou_cli.domain.record import field, record

__all__ = ["Finding", "Report"]


@record
class Finding:
    """One thing that is wrong, and what to type. ``message`` and ``hint`` are templates, as in SpirouError.

    ``advice`` is worth knowing and no fault; ``stops``: nothing behind it can be looked at.
    """

    code: str
    message: str
    hint: str
    fields: Mapping[str, Field] = field(default_factory=dict)
    advice: bool = False
    stops: bool = False

    @classmethod
    def of(cls, code: str, error: SpirouError, *, stops: bool = False) -> Finding:
        """An expected failure as a finding, in its own words."""
        return cls(code, error.message, error.hint, error.fields, stops=stops)

    def __str__(self) -> str:
        return self.message.format_map(self.fields)


@record
class Report:
    """All findings, and what is used here (name, value)."""

    findings: tuple[Finding, ...]
    facts: tuple[tuple[str, str], ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; advice is no fault."""
        return all(finding.advice for finding in self.findings)
