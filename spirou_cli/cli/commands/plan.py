"""``spirou plan``: the plans a person is on, and those they could be on."""

from typing import Annotated

import typer

from spirou_cli.cli import arguments, terms
from spirou_cli.cli.offers import own_catalogue
from spirou_cli.cli.ranges import days
from spirou_cli.cli.render import catalogue as render_catalogue
from spirou_cli.cli.render import comparison
from spirou_cli.cli.render import plans as render
from spirou_cli.cli.session import Session
from spirou_cli.cli.terms import Terms
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.service import adopting, comparing
from spirou_cli.service.adopting import Adopted, Adoption
from spirou_cli.service.catalogue import load_catalogue, load_provider

_O = typer.Option
_Many = list[str] | None

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help=mark("The plans you are on, and those you could be on."),
)

_Provider = Annotated[str, typer.Argument(help=mark("The provider."), metavar="PROVIDER")]
_Optional = Annotated[str, typer.Argument(help=mark("Only this one."), metavar="PROVIDER")]
_From = Annotated[str, _O("--from", help=mark("A plan of the catalogue, such as timesvr/basic."))]
_Name = Annotated[str, _O("--name", help=mark("What you call the plan; another name is another plan."))]
_On = Annotated[str, _O("--on", help=mark("From this day; today if absent."), metavar="DATE")]
_End = Annotated[str, _O("--end", help=mark("Stop: the last day served."), metavar="DATE")]
_Anchor = Annotated[str, _O("--anchor", help=mark("The day periods are counted from."), metavar="DATE")]
_Fee = Annotated[str, _O("--fee", help=mark("70USD/month, 29EUR/week"))]
_Included = Annotated[str, _O("--included", help=mark("Time in the fee: 10h"))]
_Requests = Annotated[str, _O("--included-tasks", help=mark("Requests in the fee: 30"))]
_Unit = Annotated[str, _O("--task-unit", help=mark("A longer request counts twice: 30m"))]
_Seat = Annotated[str, _O("--seat", help=mark("Time of a dedicated assistant, used or not: 87h"))]
_Overage = Annotated[_Many, _O("--overage", help=mark("Beyond it: 7USD/hour, 2USD/task"))]
_Use = Annotated[_Many, _O("--use", help=mark("A price by use, such as tokens: input=3USD/1M"))]
_MaxTask = Annotated[str, _O("--max-task", help=mark("The longest task: 15m"))]
_Over = Annotated[str, _O("--over", help=mark("Longer ones take of prepaid hours: whole, excess, refuse"))]
_MaxOpen = Annotated[int, _O("--max-open", help=mark("Tasks open at once: 10"), min=0)]
_Trial = Annotated[_Many, _O("--trial", help=mark("2d, 5h, 2tasks; what comes first ends it"))]
_TrialBilled = Annotated[bool, _O("--trial-billed", help=mark("Who stays pays for the trial too."))]
_RoundUp = Annotated[str, _O("--round-up", help=mark("Time is billed by 15m begun."))]
_RoundNearest = Annotated[str, _O("--round-nearest", help=mark("Time is billed to the nearest 15m."))]
_RoundDown = Annotated[str, _O("--round-down", help=mark("Time is billed by full 15m only."))]
_Per = Annotated[str, _O("--per", help=mark("What is rounded: entry, task, day, period"))]
_MinTime = Annotated[str, _O("--min-time", help=mark("The least that is billed: 15m"))]
_Rollover = Annotated[int, _O("--rollover", help=mark("Periods that unused time stays valid."), min=0)]
_RolloverCap = Annotated[str, _O("--rollover-cap", help=mark("The most that is carried over: 5h"))]
_RolloverShare = Annotated[str, _O("--rollover-share", help=mark("The part of it that is carried: 20%"))]
_Prorate = Annotated[str, _O("--prorate", help=mark("A part of a period: days, none, fixed30"))]
_Arrears = Annotated[bool, _O("--arrears", help=mark("The fee is charged at the end."))]
_Tax = Annotated[str, _O("--tax", help=mark("20%"))]
_TaxMode = Annotated[str, _O("--tax-mode", help=mark("added, inside, reverse"))]
_Notice = Annotated[str, _O("--notice", help=mark("Days of notice: 30d"))]
_Minimum = Annotated[str, _O("--minimum", help=mark("The least a period costs: 50USD"))]
_Maximum = Annotated[str, _O("--maximum", help=mark("The most a period costs: 500USD"))]
_Handling = Annotated[str, _O("--handling", help=mark("Added to purchases made for you: 10%"))]


@app.command()
def adopt(
    context: typer.Context,
    provider: _Provider,
    offer: _From = "",
    name: _Name = "",
    on: _On = "",
    end: _End = "",
    anchor: _Anchor = "",
    fee: _Fee = "",
    included: _Included = "",
    included_tasks: _Requests = "",
    task_unit: _Unit = "",
    seat: _Seat = "",
    overage: _Overage = None,
    use: _Use = None,
    max_task: _MaxTask = "",
    over: _Over = "",
    max_open: _MaxOpen = 0,
    trial: _Trial = None,
    trial_billed: _TrialBilled = False,
    round_up: _RoundUp = "",
    round_nearest: _RoundNearest = "",
    round_down: _RoundDown = "",
    per: _Per = "",
    min_time: _MinTime = "",
    rollover: _Rollover = 0,
    rollover_cap: _RolloverCap = "",
    rollover_share: _RolloverShare = "",
    prorate: _Prorate = "",
    arrears: _Arrears = False,
    tax: _Tax = "",
    tax_mode: _TaxMode = "",
    notice: _Notice = "",
    minimum: _Minimum = "",
    maximum: _Maximum = "",
    handling: _Handling = "",
) -> None:
    """Hold a plan from a day on, change its terms, or end it.

    Examples: spirou plan adopt timesvr --from timesvr/basic --on 2026-03-03,
    spirou plan adopt timesvr --fee 80USD/month --on 2026-06-05, spirou plan adopt timesvr --end 2026-09-04
    0 takes away a longest task, a trial or a seat. Rarer terms: spirou help money
    """
    session: Session = context.obj
    told = terms.figures(session, Terms.of(context.params))
    if end:
        adopted = _ended(session, provider, end, other=bool(told or offer or name))
    elif told or offer or anchor:
        wanted = Adoption(
            provider=provider,
            on=terms.date_of(session, on),
            offer=offer,
            name=_called(name),
            told=told,
            anchor=terms.date_of(session, anchor) if anchor else None,
        )
        adopted = adopting.adopt(session.context, wanted, own_catalogue(session))
    else:
        raise InvalidInput(
            mark("Which plan?"),
            mark("spirou plan adopt {provider} --from CATALOGUE/PLAN   or --fee 70USD/month"),
            provider=provider,
        )
    render.adopted(session.screen, adopted, session.format)


def _called(name: str) -> str:
    """A plan's name stands in the names of its lines, between slashes."""
    said = arguments.text_argument(name, "--name", limit=64).strip()
    if "/" in said or (name and not said):
        raise InvalidInput(mark("A plan's name has no “/” and isn't empty."), mark("--name basic"))
    return said


def _ended(session: Session, provider: str, end: str, *, other: bool) -> Adopted:
    if other:
        raise InvalidInput(
            mark("--end stops a plan; it goes with no other term."),
            mark("spirou plan adopt {provider} --end DATE"),
            provider=provider,
        )
    return adopting.end(session.context, provider, terms.date_of(session, end))


@app.command()
def show(context: typer.Context, provider: _Optional = "") -> None:
    """The plans you are on, with their coupons, packs and versions."""
    session: Session = context.obj
    found = adopting.held(session.context, provider)
    today, header = session.now().date(), session.options.header
    render.held(session.screen, found, today, session.page_format, header=header)


@app.command()
def catalogue(context: typer.Context, provider: _Optional = "") -> None:
    """Plans that can be bought, each figure with its source and date. What nobody publishes is a “?”."""
    session: Session = context.obj
    own = own_catalogue(session)
    if provider:
        render_catalogue.offers(session.screen, load_provider(provider, own), session.format)
    else:
        wrong: list[InvalidInput] = []
        found = load_catalogue(own, left_out=wrong)
        render_catalogue.catalogue(
            session.screen, list(found.values()), session.format, header=session.options.header
        )
        for error in wrong:
            session.screen.error(error)
        if wrong:
            raise typer.Exit(wrong[0].exit_code)


@app.command()
def compare(
    context: typer.Context,
    month: Annotated[str, _O("-m", "--month", help=mark("Such as 2026-11."))] = "",
    last_month: Annotated[bool, _O("--last-month", help=mark("The month before this one."))] = False,
    year: Annotated[str, _O("--year", help=mark("Such as 2026."))] = "",
    since: Annotated[str, _O("--from", help=mark("From this day."))] = "",
    until: Annotated[str, _O("--to", help=mark("To this day, included."))] = "",
    provider: Annotated[str, _O("-p", "--to-provider", help=mark("Only what this one did."))] = "",
) -> None:
    """What your own work would have cost under every plan: paid, refused, queued."""
    session: Session = context.obj
    chosen = days(session, month=month, last_month=last_month, year=year, since=since, until=until)
    found = comparing.compare(
        session.context, chosen.first, chosen.last, only=provider, own=own_catalogue(session)
    )
    comparison.compared(session.screen, found, session.format, header=session.options.header)
