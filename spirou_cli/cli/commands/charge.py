"""``spirou charge``: packs, coupons, purchases, refunds, payments, invoices; and taking them back."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from spirou_cli.cli import arguments, invoices
from spirou_cli.cli.charging import coupon_of, import_file, month_of, quantity, word_kind
from spirou_cli.cli.ranges import days
from spirou_cli.cli.render import charges as render
from spirou_cli.cli.render import checks
from spirou_cli.cli.session import Session
from spirou_cli.cli.terms import date_of, percent
from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.account import Absence, OtherCharge
from spirou_cli.domain.billing.adjustments import Refund
from spirou_cli.domain.billing.expenses import Expense
from spirou_cli.domain.billing.lines import LineKind
from spirou_cli.domain.billing.periods import boundary
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.plan import HourPack, Interval
from spirou_cli.domain.record import replace
from spirou_cli.service import billing, checking, refunds, uses
from spirou_cli.service import charges as service
from spirou_cli.service.charges import Wanted

_O = typer.Option
_A = typer.Argument

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help=mark("Packs, coupons, expenses, refunds, invoices. Each can be taken back: spirou charge remove"),
)

_Provider = Annotated[str, _A(help=mark("The provider."), metavar="PROVIDER")]
_Amount = Annotated[str, _A(help=mark("60USD, 12.50 EUR"), metavar="AMOUNT")]
_Number = Annotated[int, _A(help=mark("Its number in: spirou charge list"), metavar="NUMBER")]
_On = Annotated[str, _O("--on", help=mark("The day, if not today."), metavar="DATE")]
_Note = Annotated[str, _O("--note", help=mark("What it was."))]
_Task = Annotated[str, _O("--task", help=mark("The task it was for."), metavar="ID")]
_Month = Annotated[str, _O("-m", "--month", help=mark("Such as 2026-11."))]


@app.command()
def add(
    context: typer.Context,
    provider: _Provider,
    amount: _Amount,
    kind: Annotated[str, _O("--for", help=mark("plan, time, task, usage or tax"))] = "",
    task: _Task = "",
    on: _On = "",
    note: _Note = "",
) -> None:
    """Enter an amount that no plan explains. Example: spirou charge add timesvr 3.50USD --for time"""
    session: Session = context.obj
    money, day = arguments.cost(session, amount), date_of(session, on)
    said, line = arguments.text_argument(note, "--note"), word_kind(kind, task)

    def make(number: str, task_id: str) -> m.MoneyFact:
        return m.ChargeEntered(OtherCharge(number, day, line, money, task_id or None, said))

    render.told(session.screen, service.tell(session.context, Wanted(provider, make, task)), session.format)


@app.command()
def pack(
    context: typer.Context,
    provider: _Provider,
    time: Annotated[str, _A(help=mark("The time bought: 2h"), metavar="TIME")],
    price: Annotated[str, _A(help=mark("What it cost: 14USD"), metavar="PRICE")] = "",
    on: _On = "",
    expires: Annotated[str, _O("--until", help=mark("The last day it can be used."), metavar="DATE")] = "",
    months: Annotated[int, _O("--months", help=mark("For how many months."), min=0, max=1200)] = 0,
    priority: Annotated[int, _O("--priority", help=mark("Lower ones are used first."))] = 0,
) -> None:
    """Enter hours bought ahead. Example: spirou charge pack timesvr 2h 14USD --months 6"""
    session: Session = context.obj
    if expires and months:
        raise InvalidInput(mark("--until and --months are two ways to say the same."))
    bought = date_of(session, on)
    ends = date_of(session, expires) + timedelta(days=1) if expires else None
    ends = boundary(bought, Interval(), months) if months else ends
    seconds, cost = arguments.duration(session, time), arguments.cost(session, price) if price else None
    if not seconds or (ends is not None and ends <= bought):
        raise InvalidInput(mark("Such a pack has no time to use."), mark("--on is the day it was bought."))

    def make(number: str, task_id: str) -> m.MoneyFact:
        return m.PackBought(HourPack(number, seconds, bought, ends, cost, priority))

    render.told(session.screen, service.tell(session.context, Wanted(provider, make)), session.format)


@app.command()
def coupon(
    context: typer.Context,
    provider: _Provider,
    code: Annotated[str, _A(help=mark("Its code."), metavar="CODE")],
    off: Annotated[str, _A(help=mark("15%, or an amount: 10USD"), metavar="OFF")],
    charges: Annotated[int, _O("--charges", help=mark("How many charges it works on."), min=0)] = 0,
    until: Annotated[str, _O("--until", help=mark("The last day it works on."), metavar="DATE")] = "",
    forever: Annotated[bool, _O("--forever", help=mark("It never ends."))] = False,
    everything: Annotated[bool, _O("--all", help=mark("On every charge, not just the fee."))] = False,
    kind: Annotated[str, _O("--for", help=mark("Only on these charges: plan, time, task or usage"))] = "",
    on: _On = "",
) -> None:
    """Enter a coupon; it works once if nothing else is said.

    Example: spirou charge coupon timesvr SAVE15 15% --charges 3
    """
    session: Session = context.obj
    if (everything and kind) or kind == "tax":
        raise InvalidInput(mark("A coupon works on --all, or --for plan, time, task or usage."))
    if sum((bool(charges), bool(until), forever)) > 1:
        raise InvalidInput(mark("A coupon ends in one way: --charges, --until or --forever."))
    made = coupon_of(session, code, off, date_of(session, on), charges=charges, until=until, forever=forever)
    if everything or kind:
        made = replace(made, applies_to="all" if everything else word_kind(kind).value)
    wanted = Wanted(provider, lambda number, task_id: m.CouponRedeemed(made))
    render.told(session.screen, service.tell(session.context, wanted), session.format)


@app.command()
def expense(
    context: typer.Context,
    provider: _Provider,
    amount: _Amount,
    task: _Task = "",
    receipt: Annotated[str, _O("--receipt", help=mark("Where its receipt is, or its number."))] = "",
    handling: Annotated[str, _O("--handling", help=mark("What they add for their trouble: 10%"))] = "",
    handling_fee: Annotated[str, _O("--handling-fee", help=mark("The same as an amount: 2USD"))] = "",
    settled: Annotated[str, _O("--settled", help=mark("What your card statement says: 11.01EUR"))] = "",
    resold: Annotated[bool, _O("--resold", help=mark("Their own purchase, under their tax."))] = False,
    on: _On = "",
    note: _Note = "",
) -> None:
    """Enter a purchase made for you, at cost. Example: spirou charge expense timesvr 12USD --receipt 7f3a"""
    session: Session = context.obj
    cost, day = arguments.cost(session, amount), date_of(session, on)
    rate = percent(session, handling, 1000) if handling else None
    fee = arguments.cost(session, handling_fee) if handling_fee else None
    paid = arguments.cost(session, settled) if settled else None
    said, proof = arguments.text_argument(note, "--note"), arguments.text_argument(receipt, "--receipt")

    def make(number: str, task_id: str) -> m.MoneyFact:
        bought = Expense(number, day, cost, task_id or None, rate, fee, not resold, proof or None, paid)
        return m.ExpenseEntered(bought, said)

    render.told(session.screen, service.tell(session.context, Wanted(provider, make, task)), session.format)


@app.command()
def refund(
    context: typer.Context,
    provider: _Provider,
    amount: _Amount,
    of: Annotated[str, _O("--of", help=mark("The line it gives back: its name or the end of it."))] = "",
    settled: Annotated[str, _O("--settled", help=mark("What your card statement says: 11.01EUR"))] = "",
    on: _On = "",
    note: _Note = "",
) -> None:
    """Enter money given back. Example: spirou charge refund timesvr 10USD --of 2026-03-05/fee/basic"""
    session: Session = context.obj
    money, day = arguments.cost(session, amount), date_of(session, on)
    said = arguments.text_argument(note, "--note")
    paid = arguments.cost(session, settled) if settled else None
    line = refunds.line_to_give_back(session.context, provider, of, money, day) if of else None

    def make(number: str, task_id: str) -> m.MoneyFact:
        undoes, original_on = (line.id, line.on) if line else (None, None)
        return m.RefundEntered(Refund(number, day, money, undoes, original_on, paid), said)

    render.told(session.screen, service.tell(session.context, Wanted(provider, make)), session.format)


@app.command()
def credit(
    context: typer.Context, provider: _Provider, amount: _Amount, on: _On = "", note: _Note = ""
) -> None:
    """Enter a credit on the account, which is used after tax. Example: spirou charge credit timesvr 5USD"""
    session: Session = context.obj
    money, day = -arguments.cost(session, amount), date_of(session, on)
    said = arguments.text_argument(note, "--note")

    def make(number: str, task_id: str) -> m.MoneyFact:
        return m.ChargeEntered(OtherCharge(number, day, LineKind.CREDIT, money, None, said))

    render.told(session.screen, service.tell(session.context, Wanted(provider, make)), session.format)


@app.command()
def use(
    context: typer.Context,
    task: Annotated[str, _A(help=mark("14, #14, the provider's number or address."), metavar="ID")],
    meter: Annotated[list[str], _A(help=mark("input=1200000, output=90k"), metavar="METER=NUMBER")],
    on: _On = "",
) -> None:
    """Note what a task used, such as tokens; its provider's plan has the prices.

    The same meter and day again takes the place of what was said before, and 0 takes it back.
    Example: spirou charge use 14 input=1.2M output=90k
    """
    session: Session = context.obj
    told = dict(quantity(session, text) for text in meter)
    done = uses.tell(session.context, task, told, date_of(session, on))
    render.used(session.screen, done, session.format)


@app.command()
def price(
    context: typer.Context,
    task: Annotated[str, _A(help=mark("14, #14, the provider's number or address."), metavar="ID")],
    amount: _Amount,
    cancel_fee: Annotated[str, _O("--cancel-fee", help=mark("What is due if you call it off."))] = "",
    on: _On = "",
) -> None:
    """Note a price agreed for one task: due once you accept it, whatever time it took.

    Told again, it takes the place of what was said before. Example: spirou charge price 14 4USD
    """
    session: Session = context.obj
    cost, fee = arguments.cost(session, amount), arguments.cost(session, cancel_fee) if cancel_fee else None
    if fee is not None and fee.currency != cost.currency:
        raise InvalidInput(mark("A price and its cancel fee have one currency."))
    agreed, before = service.agree(session.context, task, cost, fee, date_of(session, on))
    if before is None:
        render.told(session.screen, agreed, session.format)
    else:
        render.changed(session.screen, before, agreed, session.format)


@app.command()
def absence(
    context: typer.Context,
    provider: _Provider,
    time: Annotated[str, _A(help=mark("How long: 4h"), metavar="TIME")],
    on: _On = "",
) -> None:
    """Note time that a dedicated assistant wasn't there: it isn't paid. Needs a plan with --seat."""
    session: Session = context.obj
    day, seconds = date_of(session, on), arguments.duration(session, time)
    wanted = Wanted(provider, lambda number, task_id: m.AbsenceNoted(Absence(number, day, seconds)))
    render.told(session.screen, service.tell(session.context, wanted), session.format)


@app.command()
def paid(
    context: typer.Context,
    provider: _Provider,
    month: _Month = "",
    amount: Annotated[str, _O("--amount", help=mark("What you paid."), metavar="AMOUNT")] = "",
    on: _On = "",
    note: _Note = "",
) -> None:
    """Note that a month is paid. Example: spirou charge paid timesvr -m 2026-11"""
    session: Session = context.obj
    span, day = month_of(session, month), date_of(session, on)
    money, said = arguments.cost(session, amount) if amount else None, arguments.text_argument(note, "--note")
    entry, rest = service.pay(session.context, provider, m.MonthPaid(span, day, money, said))
    render.paid(session.screen, entry, rest, session.format)


@app.command("list")
def list_(
    context: typer.Context,
    provider: Annotated[str, _A(help=mark("Only this one."), metavar="PROVIDER")] = "",
    month: _Month = "",
    last_month: Annotated[bool, _O("--last-month", help=mark("The month before this one."))] = False,
    year: Annotated[str, _O("--year", help=mark("Such as 2026."))] = "",
    since: Annotated[str, _O("--from", help=mark("From this day."))] = "",
    until: Annotated[str, _O("--to", help=mark("To this day, included."))] = "",
) -> None:
    """Everything that was told about money, with its number; all of it, or of the days you say."""
    session: Session = context.obj
    if month or last_month or year or since or until:
        chosen = days(session, month=month, last_month=last_month, year=year, since=since, until=until)
        found = service.told(session.context, provider=provider, first=chosen.first, last=chosen.last)
    else:
        found = service.told(session.context, provider=provider)
    render.listing(session.screen, found, session.format, header=session.options.header)


@app.command()
def edit(
    context: typer.Context,
    number: _Number,
    amount: Annotated[str, _O("--amount", help=mark("60USD, 12.50 EUR"), metavar="AMOUNT")] = "",
    on: Annotated[str, _O("--on", help=mark("The day."), metavar="DATE")] = "",
    note: _Note = "",
    task: _Task = "",
) -> None:
    """Say an entry anew; the old one stays in the history. Example: spirou charge edit 12 --amount 14USD"""
    session: Session = context.obj
    if not (amount or on or note or task):
        raise InvalidInput(
            mark("Nothing to change was said."),
            mark("spirou charge edit {number} --amount 14USD"),
            number=number,
        )
    before, after = service.change(
        session.context,
        number,
        amount=arguments.cost(session, amount) if amount else None,
        on=date_of(session, on) if on else None,
        note=arguments.text_argument(note, "--note") if note else None,
        task=task or None,
    )
    render.changed(session.screen, before, after, session.format)


@app.command()
def remove(context: typer.Context, number: _Number) -> None:
    """Take an entry back; the history keeps both. Example: spirou charge remove 12"""
    session: Session = context.obj
    render.removed(session.screen, service.remove(session.context, number), session.format)


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, _A(help=mark("A CSV file."), metavar="FILE")],
    dry_run: Annotated[bool, _O("-n", "--dry-run", help=mark("Only say what would be entered."))] = False,
) -> None:
    """Enter charges, purchases, refunds and credits from a CSV file; rows entered before are left out.

    Columns: date, provider, kind, amount, and if you like currency, task, note, receipt. Kinds: plan, time,
    task, usage, tax, expense, refund, credit.
    """
    session: Session = context.obj
    found, known = import_file(session, file, dry_run=dry_run)
    render.imported(session.screen, found, known, session.format, dry_run=dry_run)


@app.command()
def check(
    context: typer.Context,
    provider: _Provider,
    invoice: Annotated[Path | None, _A(help=mark("Their invoice: CSV or JSON."), metavar="INVOICE")] = None,
    month: _Month = "",
    number: Annotated[str, _O("--number", help=mark("The invoice's number."))] = "",
    on: Annotated[str, _O("--on", help=mark("The invoice's date."), metavar="DATE")] = "",
    total: Annotated[str, _O("--total", help=mark("Its total, if there is no file: 85.50USD"))] = "",
    net: Annotated[str, _O("--net", help=mark("Its total without tax."))] = "",
    tax: Annotated[str, _O("--tax", help=mark("Its tax."))] = "",
    line: Annotated[list[str] | None, _O("--line", help=mark("One of its lines: plan=70USD"))] = None,
    close: Annotated[bool, _O("--close", help=mark("Settle the month: its lines stay."))] = False,
    yes: Annotated[bool, _O("-y", "--yes", help=mark("Close it though it differs."))] = False,
) -> int:
    """Compare an invoice with what was computed, and say what explains a difference.

    Without a month it is that of the invoice's date, or the last one.
    Examples: spirou charge check timesvr invoice.csv -m 2026-03, spirou charge check timesvr --total 85.50USD
    """
    session: Session = context.obj
    received = invoices.received(session, invoice, total=total, net=net, tax=tax, lines=line or ())
    received = invoices.named(session, received, number=number, on=on)
    dated = received.issued_on if not month else None
    span = billing.month_span(dated) if dated else month_of(session, month, default_last=True)
    done = checking.check(session.context, provider, span, received, close=close, agreed=yes)
    checks.checked(session.screen, done, session.format, dated=dated is not None)
    return checks.exit_code(done)
