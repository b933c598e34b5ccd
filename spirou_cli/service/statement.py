"""What a statement for an accountant is made of: the bill, every line of it, and the year around it."""

from __future__ import annotations

from collections.abc import Mapping

from spirou_cli.domain.billing.reading import Grain
from spirou_cli.domain.record import record, replace
from spirou_cli.service import billgroups, bills, onebill
from spirou_cli.service.billgroups import Month
from spirou_cli.service.bills import Asked, Report
from spirou_cli.service.context import Context
from spirou_cli.service.details import Details, details, fingerprint

__all__ = ["Content", "content"]


@record
class Content:
    """A bill; ``notes`` say what purchases and refunds were; ``months`` end with the bill's own.

    ``details`` stand behind each provider's lines. ``made_of`` is the hash of the facts the bill was
    computed from, ``zone`` the person's.
    """

    report: Report
    notes: Mapping[str, str]
    months: tuple[Month, ...]
    details: Mapping[str, Details]
    made_of: str
    zone: str


def content(context: Context, asked: Asked) -> Content:
    """Everything a statement shows."""
    found = bills.report(context, replace(asked, grain=Grain.TASK))
    currency = found.converted.amount.currency
    months = billgroups.months(context, replace(asked, reporting=currency))
    ids = {name: account_id for account_id, name in found.names.items()}
    with context.read() as connection:
        notes = onebill.notes(connection, found.bill.providers)
        behind = {
            each.provider: details(connection, each, ids[each.provider], asked.span)
            for each in found.bill.providers
        }
    zone = getattr(context.zone, "key", "UTC")
    return Content(found, notes, tuple(months), behind, fingerprint(found.bill), zone)
