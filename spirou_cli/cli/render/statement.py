"""A statement for an accountant: one content in words of a language, as a web page and as a PDF."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from spirou_cli.cli.render import formats
from spirou_cli.cli.render.billing import UNKNOWN, money, rates_text
from spirou_cli.cli.render.chart import Bar, stacked
from spirou_cli.cli.render.details import sections
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.notices import watch_all
from spirou_cli.cli.render.onebill import kind_word, vat_due, what_for
from spirou_cli.domain.billing.bill import ProviderBill
from spirou_cli.domain.billing.lines import LineState
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.money import minor_digits, total
from spirou_cli.domain.record import asdict
from spirou_cli.domain.text import safe_line
from spirou_cli.service import billing
from spirou_cli.service.bills import ProviderRow
from spirou_cli.service.statement import Content

__all__ = ["as_html", "as_pdf", "in_words"]

_PAGES = Path(__file__).parent / "pages"

_LABELS = {
    "provider": mark("Provider"),
    "tasks": mark("Tasks"),
    "time": mark("Time"),
    "plan": mark("Plan"),
    "extra": mark("Extra"),
    "total": mark("Total"),
    "date": mark("Date"),
    "kind": mark("Kind"),
    "what": mark("What for"),
    "amount": mark("Amount"),
    "paid": mark("Paid"),
    "rates": mark("Exchange rates"),
    "months": mark("By month and provider"),
    "lines": mark("Line by line"),
    "estimate": mark("~ is an estimate, which may still change. ? is what nobody told."),
    "questions": mark("Open questions"),
    "page": mark("Page"),
}


def as_html(words: Words, found: Content) -> str:
    """A page by itself: no script, nothing fetched, black on white when it is printed."""
    jinja2 = _needed("jinja2")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((_PAGES / "statement.html").read_text("utf-8"))
    return str(template.render(**in_words(words, found), language=words.language))


def as_pdf(words: Words, found: Content) -> bytes:
    """The same content on A4."""
    typst = _needed("typst")
    data = json.dumps({**in_words(words, found), "language": words.language})
    page = (_PAGES / "statement.typ").read_bytes()
    return bytes(typst.compile(page, sys_inputs={"data": data}))


def in_words(words: Words, found: Content) -> dict[str, Any]:
    """Every figure and word of a statement, as the language writes them."""
    report = found.report
    days = formats.period(words, report.span.start, report.last)
    currency = report.converted.amount.currency
    return {
        "title": words.say(mark("Statement of delegated work")),
        "days": days,
        "known": words.say(
            mark("As known on {day}, {zone}, in {currency}"),
            day=formats.period(words, report.as_of, report.as_of),
            zone=found.zone,
            currency=currency,
        ),
        "made_of": words.say(mark("Generated from the facts {hash} (SHA-256)"), hash=found.made_of),
        "questions": _questions(words, found),
        "labels": {name: words.say(text) for name, text in _LABELS.items()},
        "currency": currency,
        "rows": [_summary(words, row, found) for row in report.rows],
        "totals": [
            formats.amount(words, sum_, estimated=sum_.currency in report.estimated) for sum_ in report.totals
        ],
        "converted": formats.amount(words, report.converted.amount),
        "unconverted": [formats.amount(words, sum_) for sum_ in report.converted.unconverted],
        "rates": [rates_text(words, [rate], report.as_of) for rate in report.converted.rates],
        "providers": [
            _provider(words, each, found)
            for each in report.bill.providers
            if each.statement.rows or each.time.raw_s
        ],
        "chart": _chart(words, found),
        "months": _months(words, found),
    }


def _questions(words: Words, found: Content) -> list[str]:
    """What nobody has told, what can't be converted, what to look at: the bill may change with it."""
    report = found.report
    asked = watch_all(words, report.notices)
    if report.unknown:
        untold = words.plural(
            "{n} task has no known cost and is not counted: spirou list --cost unknown",
            "{n} tasks have no known cost and are not counted: spirou list --cost unknown",
            len(report.unknown),
        )
        asked.append(untold)
    for sum_ in report.converted.unconverted:
        amount, currency = formats.amount(words, sum_), report.converted.amount.currency
        missing = mark("{apart}: no fresh rate to {currency}, see spirou fx add -h")
        asked.append(words.say(missing, apart=amount, currency=currency))
    return asked


def _summary(words: Words, row: ProviderRow, found: Content) -> dict[str, str]:
    paid = formats.short_day(words, row.paid_on, found.report.as_of) if row.paid_on else words.say(mark("no"))
    untold = UNKNOWN if row.tasks else formats.NOTHING
    return {
        "provider": "" if row.more else row.provider,
        "tasks": "" if row.more else str(row.tasks),
        "time": untold if row.seconds is None else formats.hours(row.seconds),
        "plan": money(words, row.plan, estimated=row.estimated and not row.extra),
        "extra": money(words, row.extra, estimated=row.estimated),
        "total": money(words, row.total, estimated=row.estimated),
        "paid": paid,
    }


def _provider(words: Words, each: ProviderBill, found: Content) -> dict[str, Any]:
    statement, today = each.statement, found.report.as_of
    currency = found.report.converted.amount.currency
    lines = [
        {
            "date": formats.short_day(words, row.line.on, today),
            "kind": kind_word(words, row.line.kind),
            "what": safe_line(what_for(words, row.line, found.notes, each.ledger.account.packs)),
            "line": safe_line(row.line.id),
            "amount": formats.amount(words, row.line.amount, estimated=row.line.state is LineState.ESTIMATE),
            "mine": UNKNOWN if row.reporting is None else formats.number(words, str(row.reporting.amount)),
        }
        for row in statement.rows
    ]
    memo = vat_due(words, statement)
    return {
        "name": each.provider,
        "plan": _plan(words, each, found),
        "lines": lines,
        "total": " + ".join(formats.amount(words, sum_) for sum_ in statement.totals.values()),
        "mine": formats.number(words, str(statement.reporting_cost.amount))
        if any(row.reporting is not None for row in statement.rows)
        else UNKNOWN,
        "converts": set(statement.totals) != {currency},
        "memo": memo,
        "sections": [
            asdict(section)
            for section in sections(words, found.details[each.provider], each, found.report.as_of)
        ],
    }


def _plan(words: Words, each: ProviderBill, found: Content) -> str:
    """The plan, its version, the zone its days are counted in, its currency; "" where nobody told one."""
    version = each.ledger.account.version_on(found.report.last)
    if version.name == billing.NO_PLAN:
        return ""
    since = formats.short_day(words, version.effective_on, found.report.as_of)
    return words.say(
        mark("plan {name}, as of {day}, {zone}, {currency}"),
        name=safe_line(version.name),
        day=since,
        zone=version.zone,
        currency=version.currency,
    )


def _chart(words: Words, found: Content) -> str:
    currency = found.report.converted.amount.currency
    providers = sorted({name for month in found.months for name in month.costs})
    bars = [
        Bar(
            formats.short_month(words, month.span.start.month),
            {name: cost.minor for name, cost in month.costs.items()},
        )
        for month in found.months
    ]
    most = max((sum(max(part, 0) for part in bar.parts.values()) for bar in bars), default=0)
    unit = 10 ** minor_digits(currency)
    step = _step(-(-most // unit))
    ticks = [(at * unit, formats.number(words, str(at))) for at in range(0, -(-most // unit) + step, step)]
    return stacked(bars, providers, ticks)


def _months(words: Words, found: Content) -> list[dict[str, str]]:
    currency = found.report.converted.amount.currency
    return [
        {
            "month": f"{formats.month_name(words, month.span.start.month)} {month.span.start.year}",
            "total": " + ".join(
                formats.amount(words, money)
                for money in (total(month.costs.values(), currency), *month.apart)
            ),
        }
        for month in found.months
        if month.costs or month.unconverted
    ]


def _step(most: int) -> int:
    """A round distance of about four lines: 1, 2 or 5 times a power of ten."""
    for step in (size * base for base in _powers() for size in (1, 2, 5)):
        if step * 5 >= most:
            return step
    return most


def _powers() -> list[int]:
    return [10**power for power in range(15)]


def _needed(module: str) -> Any:
    """A library of the extra ``statement``, which not everybody installs."""
    try:
        return import_module(module)
    except ImportError:
        raise InvalidInput(
            mark("A statement needs {module}, which is not installed."),
            mark("pip install 'spirou-cli[statement]'"),
            module=module,
        ) from None
