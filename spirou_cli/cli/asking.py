"""Questions to a person at a terminal: on standard error, one line each, ``b`` goes back."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence

from spirou_cli.cli.render.unseen import typed_unseen
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, SpirouError, mark
from spirou_cli.domain.record import record
from spirou_cli.service.redaction import Secret
from spirou_cli.service.secrets import Owner, clean_secret

__all__ = ["Answers", "Back", "Question", "ask", "ask_all", "confirm", "key_of"]


class Back(Exception):
    """The person wants the question before this one."""


@record
class Question:
    """One question. ``check`` gives the value to keep for what was typed, or raises InvalidInput."""

    name: str
    label: str
    help: str = ""
    default: str = ""
    choices: Sequence[tuple[str, str]] = ()
    """Each choice and a few words about it; typed by its number, its name, or a part of it."""
    secret: bool = False
    check: Callable[[str], str] = str.strip


Answers = dict[str, str]


def ask_all(session: Session, questions: Callable[[Answers], Sequence[Question]], given: Answers) -> Answers:
    """Ask what is to be asked, given the answers so far; going back forgets the last answer."""
    answers, asked = dict(given), list[str]()
    while True:
        open_ = [question for question in questions(answers) if question.name not in answers]
        if not open_:
            return answers
        try:
            answers[open_[0].name] = ask(session, open_[0])
        except Back:
            if asked:
                answers.pop(asked.pop())
        else:
            asked.append(open_[0].name)


def ask(session: Session, question: Question) -> str:
    """One answer, valid. What is wrong with one is said under it, and it is asked again."""
    if question.help:
        session.screen.aside(question.help)
    shown = list(question.choices)
    default = question.default
    while True:
        _list(session, shown)
        text = _typed(session, question, default)
        if text == "b":
            raise Back
        try:
            if not question.choices or not (text or default):
                return question.check(text or default)
            shown = _narrowed(question.choices, shown, text or default)
            if len(shown) == 1:
                return question.check(shown[0][0])
            default = shown[0][0]
        except InvalidInput as error:
            session.screen.aside("  " + session.words.error(error)[0])
            shown = list(question.choices)


def confirm(session: Session, message: str, **fields: str) -> bool:
    """Yes or no; Enter is yes. French hands may type o and n."""
    while True:
        session.screen.question(
            session.words.say(message, **fields) + session.words.say(mark(" [y/n, Enter = y]"))
        )
        answer = _line().strip().lower()
        if answer == "b":
            raise Back
        if answer in ("", "y", "yes", "o", "oui"):
            return True
        if answer in ("n", "no", "non"):
            return False


_ONE_AT_A_TIME = threading.Lock()


def key_of(session: Session, owner: Owner) -> Secret:
    """A key that is kept nowhere, typed unseen. Providers synced side by side ask one after the other."""
    with _ONE_AT_A_TIME:
        asked = session.words.say(mark("Key of {provider}:"), provider=owner.account)
        return clean_secret(_unseen(asked), owner)


def _list(session: Session, choices: Sequence[tuple[str, str]]) -> None:
    width = max((len(value) for value, _ in choices), default=0)
    for number, (value, words) in enumerate(choices, 1):
        session.screen.aside(f"  {number}  {value:{width}}  {words}".rstrip())


def _typed(session: Session, question: Question, default: str) -> str:
    asked = question.label + (f" [{default}]:" if default else ":")
    if question.secret:
        return _unseen(asked)
    session.screen.question(asked)
    return _line().strip()


def _narrowed(
    every: Sequence[tuple[str, str]], shown: Sequence[tuple[str, str]], text: str
) -> list[tuple[str, str]]:
    """The choices that ``text`` leaves: a number or a whole name leaves one, a part those that have it."""
    if text.isdecimal() and 0 < int(text) <= len(shown):
        return [shown[int(text) - 1]]
    exact = [choice for choice in every if choice[0] == text]
    part = [choice for choice in every if text.lower() in f"{choice[0]} {choice[1]}".lower()]
    if not exact and not part:
        raise InvalidInput(mark("None of them is like “{text}”."), text=text)
    return exact or part


def _line() -> str:
    text = sys.stdin.readline()
    if not text:
        raise _ended()
    return text.rstrip("\n")


def _unseen(question: str) -> str:
    text = typed_unseen(question)
    if text is None:
        raise _ended()
    return text


def _ended() -> SpirouError:
    return InvalidInput(
        mark("The input ended before the last question. Nothing was saved."),
        mark("Say it with flags: spirou provider add -h"),
    )
