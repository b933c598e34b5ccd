"""A template filled in: its questions answered, what was typed before what it says."""

from __future__ import annotations

from collections.abc import Sequence

from spirou_cli.cli import arguments
from spirou_cli.cli import fields as typed
from spirou_cli.cli.agreeing import answer_line
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.record import replace
from spirou_cli.service import templates
from spirou_cli.service.tasks import NewTask

__all__ = ["filled"]


def filled(session: Session, name: str, given: NewTask, answers: Sequence[str] = ()) -> NewTask:
    """``given`` completed by the template; ``answers`` are those given by flags, in order."""
    template = templates.load(session.config_path, name)
    asked = templates.questions(template)
    if len(answers) > len(asked):
        raise InvalidInput(
            mark("The template {name} asks {count} questions; there are {given} answers."),
            mark("spirou template show {name}"),
            name=name,
            count=len(asked),
            given=len(answers),
        )
    known = {
        question: arguments.text_argument(text, "--answer")
        for question, text in zip(asked, answers, strict=False)
    }
    for question in asked[len(answers) :]:
        known[question] = _answer(session, name, question)
    said = templates.with_answers(template, known)
    said_due = arguments.day(session, said.due) if said.due else (None, True)
    due_at, due_is_day = (given.due_at, given.due_is_day) if given.due_at is not None else said_due
    max_time = arguments.duration(session, said.max_time) if said.max_time else None
    max_cost = arguments.cost(session, said.max_cost) if said.max_cost else None
    priority = typed.priority(said.priority or "normal")
    return replace(
        given,
        title=given.title or said.title,
        body="\n\n".join(text for text in (said.body, given.body) if text),
        account=given.account or said.to,
        due_at=due_at,
        due_is_day=due_is_day,
        max_time_s=max_time if given.max_time_s is None else given.max_time_s,
        max_cost=max_cost if given.max_cost is None else given.max_cost,
        project=given.project or said.project,
        tags=tuple(dict.fromkeys((*said.tags, *given.tags))),
        priority=priority if given.priority == "normal" else given.priority,
        language=given.language or typed.language(said.language),
    )


def _answer(session: Session, name: str, question: str) -> str:
    if not session.may_ask:
        raise InvalidInput(
            mark("The template {name} asks: {question}"),
            mark('spirou add -t {name} --answer "..."'),
            name=name,
            question=question,
        )
    while True:
        session.screen.question(question)
        answer = answer_line().strip()
        if answer:
            return arguments.text_argument(answer, "--answer")
