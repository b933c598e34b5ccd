"""The words of our mails: templates a user can edit, and dates, times and money in their language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template

from spirou_cli.adapters.base import Brief, Changes, Unreachable
from spirou_cli.adapters.email.settings import Person

__all__ = ["Wording", "read_wording"]

LANGUAGES = ("en", "fr")
_MAX_TEMPLATE = 100_000


@dataclass(frozen=True, slots=True)
class Wording:
    """The templates of one language."""

    language: str
    sections: Mapping[str, Mapping[str, str]]

    def subject(self, brief: Brief, tag: str) -> str:
        """The subject of a task's thread: one line, with the tag even if a template forgot it."""
        subject = _fill(self.sections["brief"]["subject"], {"title": brief.title, "tag": tag})
        return subject if tag in subject else f"{subject} {tag}"

    def brief(self, brief: Brief, to: Person, own: Person) -> str:
        """The whole task as a plain message that can be done without knowing Spirou."""
        return _fill(self.sections["brief"]["text"], self._fields(brief, to, own))

    def edit(self, changes: Changes, to: Person, own: Person) -> str:
        """What a task is now, for the fields that changed."""
        fields = self._fields(changes.brief, to, own)
        for name in ("title", "body", "due", "max_time", "max_cost"):
            changed = {name, f"{name}_s"} & changes.fields
            fields[f"new_{name}"] = fields[name] if changed else ""
        if "attachments" not in changes.fields:
            fields["files"] = ""
        return _fill(self.sections["edit"]["text"], fields)

    def further(self, section: str, text: str, to: Person, own: Person) -> str:
        """A later mail of the thread: reply, cancel or reopen."""
        fields = {"text": text, "name": to.name, "sender": own.name}
        return _fill(self.sections[section]["text"], fields)

    def _fields(self, brief: Brief, to: Person, own: Person) -> dict[str, str]:
        unspent, urgent = brief.max_cost is None, brief.priority == "high"
        return {
            "name": to.name,
            "title": brief.title,
            "body": brief.body if brief.body.strip() else "",
            "due": self.due(brief.due, is_day=brief.due_is_day) if brief.due else "",
            "max_time": self.duration(brief.max_time_s) if brief.max_time_s else "",
            "max_cost": str(brief.max_cost) if brief.max_cost else "",
            "no_cost": _SHOWN if unspent else "",
            "urgent": _SHOWN if urgent else "",
            "project": brief.project,
            "files": ", ".join(attachment.name for attachment in brief.attachments),
            "sender": brief.sender or own.name,
        }

    def due(self, due: datetime, *, is_day: bool) -> str:
        """The deadline: ``by the end of Thursday 26 November 2026 (Europe/Paris, UTC+1)``."""
        from babel.dates import format_date  # 30 ms, for mails with a deadline only

        words = self.sections["words"]
        day = format_date(due, words["day"], locale=self.language)
        form, time = ("by_day", "") if is_day else ("at_time", f"{due:%H:%M}")
        return f"{_fill(words[form], {'day': day, 'time': time})} ({_zone(due)})"

    def duration(self, seconds: int) -> str:
        """Whole minutes, rounded down: a limit is never stretched."""
        hours, minutes = divmod(seconds // 60, 60)
        form = "minutes" if not hours else "hours_minutes" if minutes else "hours"
        return _fill(self.sections["words"][form], {"hours": str(hours), "minutes": str(minutes)})


_SHOWN = "\ue000"
"""Keeps a line that is there or not, without showing anything in it."""


def _zone(due: datetime) -> str:
    offset = due.utcoffset()
    minutes = int(offset.total_seconds()) // 60 if offset is not None else 0
    hours, rest = divmod(abs(minutes), 60)
    utc = (
        "UTC" if not minutes else f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")
    )
    key = getattr(due.tzinfo, "key", "")  # "Europe/Paris"; "Etc/UTC" tells nobody where
    return f"{key}, {utc}" if "/" in key and not key.startswith("Etc/") else utc


def _fill(template: str, fields: Mapping[str, str]) -> str:
    """Fill in, leaving out every line that has a field and whose fields are all empty.

    What is filled in stays exactly as it was typed, blank lines included.
    """
    kept = [line for line in template.strip("\n").split("\n") if _wanted(line, fields)]
    tidy = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")
    if not fields.get("name"):
        tidy = re.sub(r" \$(?:name\b|\{name\})", "", tidy)  # "Hello," and not "Hello ,"
    return Template(tidy).substitute(fields).replace(_SHOWN, "")


def _wanted(line: str, fields: Mapping[str, str]) -> bool:
    names = set(Template(line).get_identifiers()) - {"name"}
    return not names or any(fields[name] for name in names)


# --- templates ---------------------------------------------------------------------------------


def read_wording(language: str, own_file: Path | None) -> Wording:
    """The wording of ``language`` (English for one that isn't there), with the user's file on top.

    Raises Unreachable, naming the file and the field, for a template that can't be used: nothing is sent.
    """
    language = language[:2].lower() if language[:2].lower() in LANGUAGES else "en"
    sections = {name: dict(section) for name, section in _built_in(language).items()}
    if own_file is not None:
        for name, section in _own(own_file).get(language, {}).items():
            for key, text in section.items():
                if name not in sections or key not in sections[name]:
                    raise Unreachable(f"{own_file}: no template is called {language}.{name}.{key}")
                _check(own_file, f"{language}.{name}.{key}", text, sections[name][key])
                sections[name][key] = text
    return Wording(language, sections)


@cache
def _built_in(language: str) -> Mapping[str, Mapping[str, str]]:
    text = files(__package__).joinpath(f"templates/{language}.toml").read_text("utf-8")
    sections: Mapping[str, Mapping[str, str]] = tomllib.loads(text)[language]
    return sections


def _own(path: Path) -> dict[str, dict[str, dict[str, str]]]:
    try:
        with path.open("rb") as file:
            return tomllib.loads(file.read(_MAX_TEMPLATE).decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Unreachable(f"The template {path} can't be read: {error}") from None


def _check(path: Path, name: str, text: object, replaced: str) -> None:
    if not isinstance(text, str) or not Template(text).is_valid():
        raise Unreachable(f"{path}: {name} isn't a text with $fields ($$ is a dollar sign)")
    known = {*Template(replaced).get_identifiers(), "name", "sender"}
    if name.endswith(("subject", "words.day")):
        known -= {"name", "sender"}
    unknown = sorted(set(Template(text).get_identifiers()) - known)
    if unknown:
        raise Unreachable(f"{path}: {name} has no field ${unknown[0]}; it has {', '.join(sorted(known))}")
