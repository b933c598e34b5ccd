"""``spirou list``: every task, filtered."""

from typing import Annotated

import typer

from spirou_cli.cli.arguments import moment, span
from spirou_cli.cli.render import taskdata, tasks
from spirou_cli.cli.render.records import pick
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.states import TaskState
from spirou_cli.service import overview

_Text = typer.Option


def list_(
    context: typer.Context,
    state: Annotated[
        list[str] | None, _Text("--state", help=mark("Only this state, as in --json; may be repeated."))
    ] = None,
    to: Annotated[str, _Text("-p", "--to", help=mark("Only this provider."), metavar="NAME")] = "",
    project: Annotated[str, _Text("--project", help=mark("Only this project."))] = "",
    tag: Annotated[
        list[str] | None, _Text("--tag", help=mark("Only with this tag; may be repeated."))
    ] = None,
    due: Annotated[str, _Text("--due", help=mark("today, week, late, or a last day."))] = "",
    since: Annotated[str, _Text("--since", help=mark("Added on or after this day."))] = "",
    until: Annotated[str, _Text("--until", help=mark("Added on or before this day."))] = "",
    quiet_for: Annotated[
        str, _Text("--quiet-for", help=mark("Silent for so long, such as 3d."), metavar="TIME")
    ] = "",
    cost: Annotated[str, _Text("--cost", help=mark("unknown: only tasks of unknown cost."))] = "",
    search: Annotated[
        str | None, _Text("--search", help=mark("Only with these words in the title or the brief."))
    ] = None,
    closed: Annotated[bool, _Text("--closed", help=mark("Only closed tasks."))] = False,
    every: Annotated[bool, _Text("--all", help=mark("Closed tasks too."))] = False,
    sort: Annotated[str, _Text("--sort", help=mark("number, due, state, provider, waiting …"))] = "number",
    limit: Annotated[int | None, _Text("-L", "--limit", help=mark("At most so many."), min=1)] = None,
) -> None:
    """Every task, filtered.

    What needs you first is: spirou status
    """
    session: Session = context.obj
    if cost not in ("", "unknown"):
        raise InvalidInput(mark("--cost knows one word: unknown."), mark("spirou list --cost unknown"))
    found = overview.listing(
        session.context,
        overview.Filter(
            states=frozenset(_state(name) for name in state or ()),
            provider=to,
            project=project,
            tags=frozenset(tag or ()),
            late=due == "late",
            due_until=_due_until(session, due),
            since=moment(session, since, start=True) if since else None,
            until=moment(session, until) if until else None,
            quiet_before=_now(session) - span(session, quiet_for) if quiet_for else None,
            cost_unknown=cost == "unknown",
            search=search,
            closed=closed,
            everything=every,
            sort=sort,
            limit=limit,
        ),
    )
    _write(session, found)


def _write(session: Session, found: overview.Listing) -> None:
    screen, zone = session.screen, session.zone
    match session.format:
        case "json":
            document = taskdata.listing_json(found, zone)
            if session.options.fields:
                wanted = [name.strip() for name in session.options.fields.split(",")]
                document["tasks"] = pick(document["tasks"], wanted, taskdata.TASK_FIELDS)  # type: ignore[arg-type]  # a list of objects
            screen.json("spirou.list/1", document)
        case "csv":
            screen.csv([taskdata.RECORD_HEADINGS, *(taskdata.record(line, zone) for line in found.lines)])
        case "records":
            head = [taskdata.RECORD_HEADINGS] if session.options.header else []
            screen.records([*head, *(taskdata.record(line, zone) for line in found.lines)])
        case "text":
            tasks.listing(screen, found, zone)


def _state(name: str) -> TaskState:
    try:
        return TaskState(name)
    except ValueError:
        raise InvalidInput(
            mark("There is no state {name}. There is: {known}."),
            mark("spirou list --state input_required"),
            name=name,
            known=", ".join(TaskState),
        ) from None


def _due_until(session: Session, word: str) -> int | None:
    if word in ("", "late"):
        return None
    return moment(session, "+7d" if word == "week" else word)


def _now(session: Session) -> int:
    return round(session.now().timestamp() * 1000)
