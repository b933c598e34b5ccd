"""What holds for the ledger of any account, however odd its plan and history."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from spirou_cli.domain.billing.account import Absence, Account, DoneRequest
from spirou_cli.domain.billing.accrual import accrue
from spirou_cli.domain.billing.adjustments import Refund
from spirou_cli.domain.billing.bill import expect, make_bill
from spirou_cli.domain.billing.currency import Rate, Rates
from spirou_cli.domain.billing.deadlines import deadlines
from spirou_cli.domain.billing.expenses import Expense
from spirou_cli.domain.billing.fixed_price import Ending, FixedTask
from spirou_cli.domain.billing.ledger import Ledger, make_ledger
from spirou_cli.domain.billing.lines import Line
from spirou_cli.domain.billing.plain import from_plain, to_plain
from spirou_cli.domain.billing.usage import UsageEvent
from spirou_cli.domain.billing.worktime import TimeEntry
from spirou_cli.domain.money import Money, total
from spirou_cli.domain.plan import (
    Attribution,
    Coupon,
    Duration,
    HourPack,
    Interval,
    LineScope,
    OnConvert,
    OverCap,
    PackOrder,
    PlanVersion,
    Price,
    Proration,
    Rollover,
    RolloverOrder,
    Rounding,
    RoundMode,
    Scope,
    Span,
    Subscription,
    TaskCap,
    TaxMode,
    TaxRule,
    Timing,
    Trial,
    Unit,
)
from spirou_cli.domain.record import replace

START, END = date(2026, 1, 1), date(2026, 7, 1)
DAYS = st.dates(START, date(2026, 6, 30))
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 6, 30), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda instant: instant.replace(microsecond=0)
)
RATES = Rates([Rate(START, "EUR", "USD", Decimal("1.0843"))], max_age_days=365)
COST = st.just(Money(1234, "USD"))
TASKS = st.sampled_from("abcd")


def price(meter: str) -> st.SearchStrategy[tuple[Price, ...]]:
    one = st.builds(Price, st.decimals(0, 50, places=3), st.just(3600), st.just(meter))
    return st.just(()) | st.tuples(one)


def optional(values: st.SearchStrategy[int]) -> st.SearchStrategy[int | None]:
    return st.none() | values


@st.composite
def versions(draw: st.DrawFn, name: str, number: int) -> PlanVersion:
    return PlanVersion(
        f"{name}/{number}",
        "p",
        name,
        draw(DAYS) if number else START,
        "USD",
        "Europe/Paris",
        fee=draw(st.sampled_from((Decimal(0), Decimal(70), Decimal("24.95")))),
        interval=draw(st.builds(Interval, st.sampled_from(Unit), st.integers(1, 2))),
        timing=draw(st.sampled_from(Timing)),
        prorate=draw(st.sampled_from(Proration)),
        included_s=draw(optional(st.integers(0, 40_000))),
        included_tasks=draw(optional(st.integers(0, 3))),
        rollover=draw(st.builds(Rollover, st.integers(0, 2), order=st.sampled_from(RolloverOrder))),
        rounding=draw(
            st.builds(
                Rounding,
                st.sampled_from((60, 900)),
                st.sampled_from(RoundMode),
                st.sampled_from(Scope),
                st.sampled_from((0, 900)),
            )
        ),
        attribute_by=draw(st.sampled_from(Attribution)),
        line_scope=draw(st.sampled_from(LineScope)),
        overage=draw(price("second")) + draw(price("request")),
        overage_minimum_s=draw(st.sampled_from((0, 7200))),
        weekend_multiplier=draw(st.sampled_from((Decimal(1), Decimal("1.5")))),
        task_cap=draw(st.none() | st.builds(TaskCap, st.integers(600, 3600), st.sampled_from(OverCap))),
        minimum_spend=draw(st.none() | st.just(Decimal(50))),
        maximum_spend=draw(st.none() | st.just(Decimal(200))),
        usage=draw(price("input")),
        trial=draw(
            st.none()
            | st.builds(
                Trial,
                st.integers(0, 20),
                optional(st.integers(1, 9999)),
                on_convert=st.sampled_from(OnConvert),
            )
        ),
        tax=draw(st.builds(TaxRule, st.sampled_from(TaxMode), st.just(Decimal(20)))),
    )


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    change = draw(DAYS)
    begin = st.integers(0, 20).map(lambda n: START + timedelta(days=n))
    first = Subscription("s1", "one", draw(begin))
    held = draw(
        st.sampled_from(
            (
                (first,),
                (replace(first, end=max(change, first.start)),),
                (
                    replace(first, end=max(change, first.start)),
                    Subscription("s2", "two", max(change, first.start), anchor=first.start),
                ),
            )
        )
    )
    entries = st.builds(
        lambda key, task, start, seconds: TimeEntry(key, task, start, start + timedelta(seconds=seconds)),
        st.uuids().map(str),
        TASKS,
        INSTANTS,
        st.integers(0, 20_000),
    )
    coupon = st.builds(
        Coupon,
        st.uuids().map(str),
        DAYS,
        percent=st.decimals(0, 100, places=1),
        duration=st.sampled_from(Duration),
        cycles=st.integers(0, 3),
        until=DAYS,
        applies_to=st.sampled_from(("fee", "overage", "all")),
    )
    pack = st.builds(
        HourPack,
        st.uuids().map(str),
        st.integers(600, 40_000),
        DAYS,
        st.none() | DAYS,
        st.just(Money(1400, "USD")),
    )
    fee_id = f"p/{first.start}/fee/s1"
    refund = st.builds(
        Refund,
        st.uuids().map(str),
        DAYS,
        st.builds(Money, st.integers(0, 4000), st.just("USD")),
        st.sampled_from((None, fee_id)),
    )
    ids = st.uuids().map(str)
    return Account(
        "p",
        (draw(versions("one", 0)), draw(versions("one", 1)), draw(versions("two", 0))),
        held,
        coupons=tuple(draw(st.lists(coupon, max_size=3))),
        packs=tuple(draw(st.lists(pack, max_size=3))),
        pack_order=draw(st.sampled_from(PackOrder)),
        entries=tuple(draw(st.lists(entries, max_size=8))),
        usage=tuple(
            draw(
                st.lists(
                    st.builds(
                        UsageEvent,
                        ids,
                        TASKS,
                        INSTANTS,
                        st.integers(0, 10**6).map(lambda n: (("input", n),)),
                        st.none() | st.just(Money(42, "EUR")),
                    ),
                    max_size=5,
                )
            )
        ),
        requests=tuple(draw(st.lists(st.builds(DoneRequest, ids, DAYS), max_size=5))),
        absences=tuple(draw(st.lists(st.builds(Absence, ids, DAYS, st.just(3600)), max_size=2))),
        expenses=tuple(
            draw(st.lists(st.builds(Expense, ids, DAYS, st.just(Money(1234, "USD"))), max_size=2))
        ),
        refunds=tuple(draw(st.lists(refund, max_size=3))),
    )


@given(accounts(), DAYS, DAYS)
@settings(max_examples=40)
def test_any_account_makes_a_bill_that_adds_up(held: Account, as_of: date, cut: date) -> None:
    """Parts of the days sum to the whole, ids are unique, totals are sums, every second is paid once."""
    early, late, whole = Span(START, cut), Span(cut, END), Span(START, END)

    before, after, both = (
        make_bill((held,), span, as_of=as_of, rates=RATES, reporting="EUR") for span in (early, late, whole)
    )

    rows = both.providers[0].statement.rows
    converted = [row.reporting for row in rows if row.reporting is not None]
    assert both.providers[0].statement.reporting_total == total(converted, "EUR")
    ids = [row.line.id for row in rows]
    parts = [row.line.id for part in (before, after) for row in part.providers[0].statement.rows]
    assert len(set(ids)) == len(ids)
    assert sorted(parts) == sorted(ids)
    use = both.providers[0].time
    assert use.included_s >= 0
    assert use.billed_s == use.included_s + use.pack_s + use.overage_s + use.refused_s
    taken = {pack.id: pack.seconds for pack in held.packs}
    assert all(
        b.drawn_s + b.expired_s + b.left_s == taken[pack]
        for pack, b in both.providers[0].ledger.packs.items()
    )


@given(accounts(), DAYS)
@settings(max_examples=40)
def test_any_ledger_can_be_kept_accrued_and_asked(held: Account, as_of: date) -> None:
    """Facts and lines survive JSON, accrual loses nothing, and the questions have answers."""
    made = make_ledger(held, as_of=as_of, until=END)

    assert from_plain(Account, json.loads(json.dumps(to_plain(held)))) == held
    assert [from_plain(Line, json.loads(json.dumps(to_plain(line)))) for line in made.lines] == list(
        made.lines
    )
    parts: dict[str, Money] = {}
    for part in accrue(made, Span(date(2020, 1, 1), date(2040, 1, 1))):
        parts[part.line.id] = part.amount
    unused = {line.id for line in made.lines if line.kind == "pack"}
    for line in made.lines:
        if line.amount.minor and not unused & {line.id, *line.sources}:
            assert parts[line.id] == line.amount
    assert all(deadline.on >= as_of for deadline in deadlines(made))
    bill = make_bill((held,), Span(as_of.replace(day=1), END), as_of=as_of, rates=RATES, reporting="EUR")
    assert expect(bill).month_days >= 28


@given(accounts())
@settings(max_examples=30)
def test_a_fact_told_twice_counts_once(held: Account) -> None:
    """By its id, whatever it is of."""
    facts = "coupons packs entries usage fixed_tasks requests absences expenses refunds charges"
    twice = replace(held, **{name: getattr(held, name) * 2 for name in facts.split()})

    once, again = (make_ledger(each, as_of=END, until=END) for each in (held, twice))

    assert (again.lines, again.problems) == (once.lines, once.problems)


@given(accounts())
@settings(max_examples=30)
def test_what_is_over_stays_as_it_was(held: Account) -> None:
    """A month that is over bills the same a month later, if nothing new was learned: time only passes."""
    march = Span(date(2026, 3, 1), date(2026, 4, 1))
    known = held.known_on(date(2026, 3, 31))

    then = make_bill((known,), march, as_of=date(2026, 3, 31), rates=RATES, reporting="EUR")
    later = make_bill((known,), march, as_of=date(2026, 5, 31), rates=RATES, reporting="EUR")

    assert [row.line for row in later.providers[0].statement.rows] == [
        row.line for row in then.providers[0].statement.rows
    ]


@given(accounts(), st.dates(date(2026, 4, 1), date(2026, 6, 29)), st.integers(1, 20_000))
@settings(max_examples=40)
def test_later_work_moves_nothing(held: Account, day: date, seconds: int) -> None:
    """What a new task takes of packs, or is refused, leaves what was charged before as it was."""
    begin = datetime.combine(day, time(12), UTC)
    work = TimeEntry("later", "new", begin, begin + timedelta(seconds=seconds))

    before, after = (
        make_ledger(each, as_of=END, until=END)
        for each in (held, replace(held, entries=(*held.entries, work)))
    )

    def charged(made: Ledger) -> dict[str, Money]:
        return {line.id: line.amount for line in made.lines if line.on < date(2026, 4, 1)}

    assert charged(before) == charged(after)


@given(accounts(), DAYS, st.integers(0, 10**6))
@settings(max_examples=30)
def test_a_purchase_costs_itself_and_free_work_nothing(held: Account, day: date, minor: int) -> None:
    """A purchase of x raises the total by x, tax and all; a task for free changes no total."""
    bought = replace(held, expenses=(*held.expenses, Expense("bought", day, Money(minor, "USD"))))
    gift = FixedTask("gift", Money(0, "USD"), Ending.DONE, ended_on=day)
    begin = datetime.combine(day, time(12), UTC)
    work = TimeEntry("given", "gift", begin, begin + timedelta(hours=5))
    helped = replace(held, fixed_tasks=(*held.fixed_tasks, gift), entries=(*held.entries, work))

    def cost(asked: Account) -> Money:
        made = make_ledger(asked, as_of=END, until=END)
        return total((line.amount for line in made.lines if line.amount.currency == "USD"), "USD")

    assert cost(bought) == cost(held) + Money(minor, "USD")
    if all(version.trial is None for version in held.plans):
        assert cost(helped) == cost(held)
