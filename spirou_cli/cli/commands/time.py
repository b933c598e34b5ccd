"""``spirou time``: time used, and corrections."""

from typing import Annotated

import typer

from spirou_cli.cli import arguments
from spirou_cli.cli.ranges import days
from spirou_cli.cli.render import times as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.service import times as service
from spirou_cli.service.times import Period

_O = typer.Option

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help=mark("Time used, and corrections. The provider's figure stays beside yours."),
)


@app.command("list")
def list_(
    context: typer.Context,
    task: Annotated[str, typer.Argument(help=mark("Only this task, whenever."), metavar="ID")] = "",
    month: Annotated[str, _O("-m", "--month", help=mark("Such as 2026-11."))] = "",
    last_month: Annotated[bool, _O("--last-month", help=mark("The month before this one."))] = False,
    year: Annotated[str, _O("--year", help=mark("Such as 2026."))] = "",
    since: Annotated[str, _O("--from", help=mark("From this day."))] = "",
    until: Annotated[str, _O("--to", help=mark("To this day, included."))] = "",
    provider: Annotated[
        str, _O("-p", "--to-provider", help=mark("Only this provider."), metavar="NAME")
    ] = "",
) -> None:
    """Time used this month, or in the range you say."""
    session: Session = context.obj
    ranged = bool(month or last_month or year or since or until)
    wanted = Period(task=task, provider=provider)
    if ranged or not task:
        chosen = days(session, month=month, last_month=last_month, year=year, since=since, until=until)
        wanted = Period(
            task=task, provider=provider, since=chosen.since(session.zone), until=chosen.until(session.zone)
        )
    found = service.listing(session.context, wanted)
    render.listing(session.screen, found, session.zone, session.format, header=session.options.header)


@app.command()
def add(
    context: typer.Context,
    task: Annotated[
        str, typer.Argument(help=mark("14, #14, the provider's number or address."), metavar="ID")
    ],
    time: Annotated[str, typer.Argument(help=mark("15m, 1h30, 90"), metavar="TIME")],
    note: Annotated[str, _O("--note", help=mark("What it was for."))] = "",
    on: Annotated[str, _O("--on", help=mark("The day, if not today."))] = "",
    mine: Annotated[bool, _O("--mine", help=mark("Your own time, not theirs: for spirou worth."))] = False,
) -> None:
    """Note time that no provider reports. Example: spirou time add 14 10m --note "on the phone\""""
    session: Session = context.obj
    entry = service.add(
        session.context,
        task,
        arguments.duration(session, time),
        note=arguments.text_argument(note, "--note"),
        at=arguments.moment(session, on, start=True) if on else None,
        own=mine,
    )
    render.one(session.screen, entry, session.zone, session.format, quiet=session.options.quiet)


@app.command()
def fix(
    context: typer.Context,
    entry: Annotated[int, typer.Argument(help=mark("Its number in: spirou time list"), metavar="ENTRY")],
    time: Annotated[str, typer.Argument(help=mark("Your own figure."), metavar="TIME")] = "",
    reason: Annotated[str, _O("--reason", help=mark("Why theirs is not right."))] = "",
    theirs: Annotated[bool, _O("--theirs", help=mark("Take their figure again."))] = False,
) -> None:
    """Put your own figure beside the provider's. Example: spirou time fix 3 12m --reason "said 12\""""
    session: Session = context.obj
    if bool(time) is theirs:
        raise InvalidInput(
            mark("Say your figure, or --theirs."),
            mark("spirou time fix {entry} 12m --reason TEXT"),
            entry=entry,
        )
    seconds = arguments.duration(session, time) if time else None
    why = arguments.text_argument(reason, "--reason")
    fixed = service.fix(session.context, entry, seconds, reason=why)
    render.one(session.screen, fixed, session.zone, session.format, quiet=session.options.quiet)
