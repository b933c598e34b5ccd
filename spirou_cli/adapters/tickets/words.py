"""The words that go into a ticket: a brief whole, comments that carry the key of their op."""

from __future__ import annotations

import re

from spirou_cli.adapters.base import Brief
from spirou_cli.domain.states import TaskState

__all__ = ["asks", "brief_text", "kept_mark", "lines", "mark", "marked", "phrase", "says_mark", "waits"]

_MARK = re.compile(r"^Spirou ref: [0-9a-f]{12}$", re.MULTILINE)

_PHRASES = {
    "en": {
        "title": "Title: {}",
        "due": "To be done by: {}",
        "max_time": "No more than {} min",
        "max_cost": "Budget: {}",
        "project": "Project: {}",
        "tags": "Tags: {}",
        "files": "{} is {}",
        "changed": "The task has changed.",
        "canceled": "This task is canceled, please stop working on it.",
        "accepted": "Accepted, thank you.",
        "ignored": "{} didn't take: {}.",
        "field title": "the title",
        "field description": "the text",
        "field due": "the due date",
        "field priority": "the priority",
        "field assignee": "the assignee",
        "field status": "the status",
        "field files": "a file",
    },
    "fr": {
        "title": "Titre : {}",
        "due": "À faire avant : {}",
        "max_time": "Pas plus de {} min",
        "max_cost": "Budget : {}",
        "project": "Projet : {}",
        "tags": "Étiquettes : {}",
        "files": "{} est {}",
        "changed": "La tâche a changé.",
        "canceled": "Cette tâche est annulée, merci d’arrêter d’y travailler.",
        "accepted": "Accepté, merci.",
        "ignored": "{} n’a pas pris : {}.",
        "field title": "le titre",
        "field description": "le texte",
        "field due": "l’échéance",
        "field priority": "la priorité",
        "field assignee": "la personne chargée",
        "field status": "l’état",
        "field files": "un fichier",
    },
}


def phrase(language: str, name: str, *values: object) -> str:
    """One of the few phrases that the other side reads, in its language."""
    return _PHRASES.get(language, _PHRASES["en"])[name].format(*values)


def brief_text(brief: Brief, *, title_limit: int) -> str:
    """The body of ``brief``, with a line for each thing that a ticket has no field for."""
    said = [brief.body] if brief.body else []
    if len(brief.title) > title_limit:
        said.insert(0, phrase(brief.language, "title", brief.title))
    facts: list[str] = []
    if brief.due and not brief.due_is_day:
        facts.append(phrase(brief.language, "due", f"{brief.due:%Y-%m-%d %H:%M %Z}"))
    if brief.max_time_s is not None:
        facts.append(phrase(brief.language, "max_time", -(-brief.max_time_s // 60)))
    if brief.max_cost is not None:
        facts.append(phrase(brief.language, "max_cost", brief.max_cost))
    if brief.project:
        facts.append(phrase(brief.language, "project", brief.project))
    if brief.tags:
        facts.append(phrase(brief.language, "tags", ", ".join(brief.tags)))
    if facts:
        said.append("\n".join(facts))
    if brief.sender:
        said.append(brief.sender)
    return "\n\n".join(said)


def mark(op_key: str) -> str:
    """The line by which an op is found again: the random end of its key, enough to be unique."""
    return f"Spirou ref: {op_key[-12:]}"


def marked(text: str, op_key: str) -> str:
    """``text`` with its mark as the last line."""
    return f"{text}\n\n{mark(op_key)}" if text else mark(op_key)


def says_mark(text: str, op_key: str) -> bool:
    """Whether ``text`` carries the mark of this op, on a line of its own."""
    return mark(op_key) in _MARK.findall(lines(text))


def kept_mark(text: str) -> str | None:
    """The mark that ``text`` carries, for who rewrites it."""
    found = _MARK.findall(lines(text))
    return found[-1] if found else None


def waits(state: TaskState | None, text: str) -> bool:
    """Whether who wrote ``text``, and set ``state`` with it if any, waits for an answer."""
    if state in (None, TaskState.SUBMITTED, TaskState.WORKING):
        return asks(text)
    return state is TaskState.INPUT_REQUIRED


def asks(text: str) -> bool:
    """Whether these words end in a question; a quoted line is somebody else's."""
    own = [line.strip() for line in lines(text).split("\n") if line.strip() and not line.startswith(">")]
    return bool(own) and own[-1].rstrip("\"'»” \u202f\u00a0").endswith(("?", "？", "؟"))


def lines(text: str) -> str:
    """``text`` with the line ends that everybody here uses; ticket systems send CR LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
