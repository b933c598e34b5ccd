"""What ``spirou bill`` was asked for, in values, and which page answers it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import cast

from spirou_cli.cli.session import Session
from spirou_cli.domain.billing.currency import Rate
from spirou_cli.domain.billing.reading import Grain
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.money import CURRENCIES, Money
from spirou_cli.domain.plan import Span
from spirou_cli.domain.record import record, replace
from spirou_cli.service import billing, bills
from spirou_cli.service.bills import Asked

__all__ = ["Request", "shown", "worth_shown"]

GROUPS = ("provider", "project", "tag", "task", "week", "month")
BASES = ("all", "estimated", "reported", "billed")


@record
class Request:
    """The options as they were typed; "" for those that weren't."""

    month: str = ""
    last_month: bool = False
    since: str = ""
    until: str = ""
    provider: str = ""
    currency: str = ""
    rates: tuple[str, ...] = ()
    basis: str = "all"
    unpaid: bool = False
    explain: str = ""
    by: str = "provider"
    year: bool = False
    calendar_year: str = ""
    accrual: bool = False
    hledger: bool = False
    beancount: bool = False
    worth: str = ""
    html: str = ""
    pdf: str = ""


def shown(session: Session, request: Request) -> None:
    """Answer with the page that was asked for."""
    _one_page(session, request)
    if request.worth:
        worth_shown(session, request)
    elif request.html or request.pdf:
        _statement(session, request)
    elif request.hledger or request.beancount:
        _journal(session, request)
    elif request.explain:
        _explained(session, request)
    elif request.year:
        _months(session, request)
    elif request.accrual:
        _accrued(session, request)
    elif request.by != "provider":
        _grouped(session, request)
    elif request.provider:
        _one(session, request)
    else:
        _by_provider(session, request)


def _one_page(session: Session, request: Request) -> None:
    """InvalidInput where what was asked for is on two pages, or where a page would leave some of it out."""
    if request.calendar_year and not request.year:
        raise InvalidInput(
            mark("“{text}” isn't understood: a provider is told with -p, a year with --year."),
            mark("spirou bill --year 2026   or -p timesvr"),
            text=request.calendar_year,
        )
    ways = {
        "--worth": request.worth,
        "--html/--pdf": request.html or request.pdf,
        "--hledger": request.hledger,
        "--beancount": request.beancount,
        "--explain": request.explain,
        "--year": request.year,
        "--accrual": request.accrual,
        "--by": request.by != "provider" and not request.worth,
        "--basis": request.basis != "all",
        "--unpaid": request.unpaid,
    }
    chosen = [name for name, given in ways.items() if given]
    pages = [name for name in chosen if name not in ("--basis", "--unpaid")]
    if set(pages) & {"--html/--pdf", "--hledger", "--beancount"} and session.format in ("csv", "json"):
        chosen.append(f"--{session.format}")
    if len(chosen) > 1 and pages:
        raise InvalidInput(
            mark("{options} don't go together: each shows the bill in its own way."),
            mark("Ask for one of them at a time."),
            options=", ".join(chosen),
        )


def _one(session: Session, request: Request) -> None:
    from spirou_cli.cli.render import billrecords, onebill
    from spirou_cli.service import onebill as service

    found = service.one(session.context, asked(session, request, Grain.TASK))
    if found is None:
        _by_provider(session, request)
        return
    match session.format:
        case "json":
            document = billrecords.document(found.report) | onebill.one_json(found)
            session.screen.json("spirou.bill/1", document)
        case "csv":
            session.screen.csv([onebill.LINE_HEADINGS, *onebill.line_records(found)])
        case "records":
            head = [onebill.LINE_HEADINGS] if session.options.header else []
            session.screen.records([*head, *onebill.line_records(found)])
        case "text":
            onebill.one(session.screen, found)


def worth_shown(session: Session, request: Request) -> None:
    """What delegating cost and saved, at the rate that was typed."""
    from spirou_cli.cli import arguments
    from spirou_cli.cli.render import worth as render
    from spirou_cli.service import worth as service

    if request.by not in ("provider", "project", "tag"):
        raise InvalidInput(mark("--by is {known}."), mark("--by project"), known="provider, project, tag")
    wanted = asked(session, request)
    if request.worth:
        rate = arguments.cost(session, request.worth.removesuffix("/h").removesuffix("/hour"))
    else:
        rate = Money(0, wanted.reporting or bills.reporting(session.context, wanted))
    found = service.worth(session.context, wanted, rate, cast("service.Kind", request.by))
    match session.format:
        case "json":
            session.screen.json("spirou.worth/1", render.as_json(found))
        case "csv":
            session.screen.csv([render.HEADINGS, *render.records(found)])
        case "records":
            head = [render.HEADINGS] if session.options.header else []
            session.screen.records([*head, *render.records(found)])
        case "text":
            render.worth(session.screen, found)


def _statement(session: Session, request: Request) -> None:
    from spirou_cli.cli.render import statement as render
    from spirou_cli.service import statement as service

    found = service.content(session.context, asked(session, request))
    if request.html:
        _written(session, request.html, render.as_html(session.words, found).encode())
    if request.pdf:
        _written(session, request.pdf, render.as_pdf(session.words, found))


def _written(session: Session, name: str, content: bytes) -> None:
    try:
        Path(name).write_bytes(content)
    except OSError as error:
        raise InvalidInput(
            mark("{path} can't be written: {error}."),
            mark("Give a file in a folder that is yours."),
            path=name,
            error=error.strerror or "",
        ) from error
    session.screen.say(mark("Written: {path}"), path=name)


def _journal(session: Session, request: Request) -> None:
    from spirou_cli.cli.render import journals

    found = bills.report(session.context, replace(asked(session, request), figures_only=True))
    write = journals.hledger if request.hledger else journals.beancount
    session.screen.lines(write(found))


def _grouped(session: Session, request: Request) -> None:
    from spirou_cli.cli.render import billgroups as render
    from spirou_cli.service import billgroups as service

    if request.by not in GROUPS:
        raise InvalidInput(mark("--by is {known}."), mark("--by project"), known=", ".join(GROUPS))
    found = service.grouped(session.context, asked(session, request), cast("service.By", request.by))
    match session.format:
        case "json":
            session.screen.json("spirou.bill/1", render.grouped_json(found))
        case "csv":
            session.screen.csv([render.GROUP_HEADINGS, *render.group_records(found)])
        case "records":
            head = [render.GROUP_HEADINGS] if session.options.header else []
            session.screen.records([*head, *render.group_records(found)])
        case "text":
            render.grouped(session.screen, found)


def _months(session: Session, request: Request) -> None:
    from spirou_cli.cli.render import billgroups as render
    from spirou_cli.service import billgroups as service

    wanted = asked(session, _of_its_year(request))
    if not wanted.reporting:
        wanted = replace(wanted, reporting=bills.reporting(session.context, wanted))
    found = service.months(session.context, wanted)
    if session.format == "json":
        session.screen.json("spirou.bill.months/1", render.months_json(found, wanted.reporting))
    elif session.format == "csv":
        session.screen.csv([render.MONTH_HEADINGS, *render.month_records(found)])
    elif session.format == "records":
        head = [render.MONTH_HEADINGS] if session.options.header else []
        session.screen.records([*head, *render.month_records(found)])
    else:
        render.months(session.screen, found, wanted.reporting)


def _of_its_year(request: Request) -> Request:
    """A calendar year is the 12 months up to its December."""
    year = request.calendar_year
    if year and not (year.isdecimal() and len(year) == 4):
        raise InvalidInput(mark("“{text}” is no year."), mark("--year 2026"), text=year)
    if year and (request.month or request.last_month or request.since or request.until):
        raise InvalidInput(
            mark("{ways} are ways to say the same; one is enough."),
            mark("--year 2026"),
            ways=f"{year}, -m, --last-month, --from/--to",
        )
    return replace(request, month=f"{year}-12") if year else request


def _accrued(session: Session, request: Request) -> None:
    from spirou_cli.cli.render import billgroups as render
    from spirou_cli.service import billgroups as service

    found = service.accrued(session.context, asked(session, request))
    render.accrued(session.screen, found, session.format, header=session.options.header)


def _explained(session: Session, request: Request) -> None:
    from spirou_cli.cli.render import onebill
    from spirou_cli.service import onebill as service

    request = _of_its_month(request)
    found = service.explain(session.context, asked(session, request), request.explain)
    if session.format == "json":
        session.screen.json("spirou.bill.line/1", onebill.explained_json(found))
    else:
        onebill.explained(session.screen, found)


def _of_its_month(request: Request) -> Request:
    """A whole line name has its day: its month needn't be said."""
    parts = request.explain.split("/")
    ranged = request.month or request.last_month or request.since or request.until
    day = next((part for part in parts if len(part) == 10 and part[4] == part[7] == "-"), "")
    return request if ranged or not day else replace(request, month=day[:7])


def _by_provider(session: Session, request: Request) -> None:
    from spirou_cli.cli.render import billrecords

    screen = session.screen
    if session.format in ("records", "csv"):
        found = bills.report(session.context, replace(asked(session, request), figures_only=True))
        rows = list(billrecords.records(found))
        if session.format == "csv":
            screen.csv([billrecords.HEADINGS, *rows])
        else:
            screen.records([*([billrecords.HEADINGS] if session.options.header else []), *rows])
        return
    found = bills.report(session.context, asked(session, request))
    if session.format == "json":
        screen.json("spirou.bill/1", billrecords.document(found))
        return
    from spirou_cli.cli.render import billing

    billing.bill(screen, found)


def asked(session: Session, request: Request, grain: Grain = Grain.DAY) -> Asked:
    """The options as values. InvalidInput for what can't be understood."""
    if request.basis not in BASES:
        raise InvalidInput(mark("--basis is {known}."), mark("--basis billed"), known=", ".join(BASES))
    currency = _currency(request.currency) if request.currency else ""
    target = currency or session.settings.get("currency") or "EUR"
    today = session.now().date()
    return Asked(
        _span(session, request, today),
        provider=request.provider,
        reporting=currency or (target if request.rates else ""),
        rates=tuple(_rate(text, target, today) for text in request.rates),
        basis=request.basis,
        unpaid=request.unpaid,
        grain=grain,
    )


def _span(session: Session, request: Request, today: date) -> Span:
    """The days that were typed; this month where none were."""
    if not (request.month or request.last_month or request.since or request.until):
        return billing.month_span(today)
    from spirou_cli.cli.ranges import days  # loads the grammar of dates

    chosen = days(
        session,
        month=request.month,
        last_month=request.last_month,
        since=request.since,
        until=request.until,
    )
    return Span(chosen.first, chosen.last + timedelta(days=1))


def _currency(text: str) -> str:
    code = text.upper()
    if code not in CURRENCIES:
        raise InvalidInput(mark("“{text}” is no currency."), mark("--in EUR"), text=text)
    return code


def _rate(text: str, target: str, today: date) -> Rate:
    base, _, value = text.partition("=")
    try:
        factor = Decimal(value.replace(",", "."))
    except InvalidOperation:
        factor = Decimal(0)
    if base.upper() not in CURRENCIES or not factor.is_finite() or factor <= 0:
        raise InvalidInput(mark("“{text}” is no rate."), mark("--rate USD=0.917"), text=text)
    return Rate(today, base.upper(), target, factor, "user")
