"""One provider's bill line by line, what is coming, what to look at; and how one line came about."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.bill import ProviderBill, find_line
from spirou_cli.domain.billing.lines import LineKind
from spirou_cli.domain.billing.reading import Grain
from spirou_cli.domain.billing.statement import Row
from spirou_cli.domain.errors import NoSuchThing, mark
from spirou_cli.domain.plan import PlanVersion
from spirou_cli.domain.record import record, replace
from spirou_cli.service import billing, bills
from spirou_cli.service.bills import Asked, Report
from spirou_cli.service.context import Context
from spirou_cli.service.details import Details, details, fingerprint
from spirou_cli.service.notices import NO_PLAN
from spirou_cli.storage import ledger, rows

__all__ = ["Explained", "OneBill", "explain", "notes", "one"]


@record
class OneBill:
    """A provider in a span; ``notes`` say what a purchase, a refund or a task was, by its id."""

    report: Report
    bill: ProviderBill
    notes: Mapping[str, str]
    details: Details
    made_of: str
    """The hash of the facts that the bill was computed from."""

    @property
    def unplanned(self) -> bool:
        """Whether nobody told what plan the provider is used under."""
        return any(each.code == NO_PLAN for one in self.report.notices for each in one.watch)


@record
class Explained:
    """A line, the plan's version it is under, and the tasks its sources belong to, by source."""

    row: Row
    version: PlanVersion | None
    tasks: Mapping[str, int]


def one(context: Context, asked: Asked) -> OneBill | None:
    """A provider's lines; None where nothing is known of its money."""
    found = bills.report(context, asked)
    own = next((each for each in found.bill.providers if each.provider == asked.provider), None)
    if own is None:
        return None
    with context.read() as connection:
        account_id = next(each for each, name in found.names.items() if name == own.provider)
        behind = details(connection, own, account_id, asked.span)
        return OneBill(found, own, notes(connection, [own]), behind, fingerprint(found.bill))


def notes(connection: sqlite3.Connection, bills: Iterable[ProviderBill]) -> dict[str, str]:
    """What was said of purchases, refunds and charges, and the titles of tasks at a price, by their id."""
    said: dict[str, str] = {}
    for entry in ledger.entries(connection, kinds=(m.ExpenseEntered, m.RefundEntered, m.ChargeEntered)):
        match entry.fact:
            case m.ExpenseEntered(expense=expense, note=note):
                said[expense.id] = note
            case m.RefundEntered(refund=refund, note=note):
                said[refund.id] = note
            case m.ChargeEntered(charge=charge):
                said[charge.id] = charge.note
    for each in bills:
        for row in each.statement.rows:
            if row.line.kind is LineKind.TASK and (task := rows.task(connection, row.line.sources[0])):
                said[task.id] = task.title
    return said


def explain(context: Context, asked: Asked, line_id: str) -> Explained:
    """How a line came about, with every entry it is made of. NoSuchThing if no line, or several, end so."""
    with context.read() as connection:
        book = bills.open_book(connection, context, replace(asked, grain=Grain.ENTRY))
        today = context.now().astimezone(context.zone).date()
        bill = billing.make(book, asked.span, as_of=today, only=asked.provider)
        row = find_line(bill, line_id)
        if row is None:
            raise NoSuchThing(
                mark("No line, or more than one, has {line} in its name."),
                mark("spirou bill --to-provider NAME   lists them"),
                line=line_id,
            )
        account = book.accounts[row.line.provider]
        version = next((v for v in account.plans if v.id == row.line.plan_version), None)
        entries = {entry.id: entry.task for entry in account.entries}
        entries |= {event.id: event.task for event in account.usage}
        tasks: dict[str, int] = {}
        for source in row.line.sources:
            task = rows.task(connection, entries.get(source, source))
            if task is not None:
                tasks[source] = task.number
        return Explained(row, version, tasks)
