"""What holds for every bill, whatever the plan: the arithmetic's invariants as properties."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import islice, pairwise
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from spirou_cli.domain.billing.allowances import settle_all
from spirou_cli.domain.billing.coupons import Charge, Chargeable, apply_coupons
from spirou_cli.domain.billing.currency import Rate, Rates
from spirou_cli.domain.billing.forecast import forecast
from spirou_cli.domain.billing.limits import OpenChange, open_load
from spirou_cli.domain.billing.packs import Grant, burn_order, draw, pack_balances, pack_order, valid
from spirou_cli.domain.billing.periods import day_start, month_of, periods
from spirou_cli.domain.billing.pricing import rate_time
from spirou_cli.domain.billing.rounding import Work, round_groups, round_seconds
from spirou_cli.domain.billing.tax import Taxable, tax
from spirou_cli.domain.billing.usage import UsageEvent, price_usage
from spirou_cli.domain.billing.worktime import TimeEntry, split_days, work_in_period, works
from spirou_cli.domain.money import Money, allocate, round_half_away, total
from spirou_cli.domain.plan import (
    Coupon,
    Duration,
    HourPack,
    Interval,
    LineScope,
    Price,
    Rollover,
    RolloverOrder,
    Rounding,
    RoundMode,
    Scope,
    Span,
    TaxMode,
    Unit,
)

ZONES = ("UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "America/Santiago")
CURRENCIES = st.sampled_from(("EUR", "USD", "JPY", "KWD"))
MODES = st.sampled_from(RoundMode)
SECONDS = st.integers(0, 40_000)
INCREMENTS = st.sampled_from((1, 60, 360, 900, 1800))
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
PERCENTS = st.decimals(0, 100, places=2)
WORK = st.builds(
    Work,
    id=st.uuids().map(str),
    task=st.sampled_from("abc"),
    on=st.dates(date(2026, 3, 1), date(2026, 4, 30)),
    seconds=SECONDS,
)


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=30), CURRENCIES)
def test_parts_add_up_and_stay_close(minor: int, weights: list[int], currency: str) -> None:
    """Allocated parts sum to the amount, each within one minor unit of its exact share."""
    assume(any(weights))

    parts = allocate(Money(minor, currency), weights)

    assert total(parts, currency) == Money(minor, currency)
    exact = [Fraction(minor * weight, sum(weights)) for weight in weights]
    assert all(abs(part.minor - share) < 1 for part, share in zip(parts, exact, strict=True))


@given(st.fractions())
def test_money_rounds_symmetrically(value: Fraction) -> None:
    """A refund mirrors its charge: rounding -x is minus rounding x."""
    assert round_half_away(-value) == -round_half_away(value)


@given(DAYS, st.sampled_from(Unit), st.integers(1, 13), st.integers(1, 40))
def test_periods_are_contiguous_and_never_drift(anchor: date, unit: Unit, count: int, n: int) -> None:
    """Each period starts where the last one ended, on the anchor's day or the month's last."""
    interval = Interval(unit, count)
    found = list(periods(anchor, interval, until=anchor + timedelta(days=31 * n)))

    assert found[0].span.start == anchor
    assert all(before.span.end == after.span.start for before, after in pairwise(found))
    if unit in (Unit.MONTH, Unit.YEAR):
        for period in found:
            month = month_of(period.span.start)
            assert period.span.start.day == min(anchor.day, month.days)


@given(DAYS, st.integers(1, 36))
def test_n_months_have_n_periods(anchor: date, n: int) -> None:
    """A monthly plan held for n months is charged n times, each for a whole month."""
    found = list(islice(periods(anchor, Interval(), until=date.max), n))

    assert len(list(periods(anchor, Interval(), until=found[-1].span.end))) == n
    assert all(period.span == period.whole for period in found)


@given(DAYS, st.sampled_from(Unit), st.integers(1, 5), DAYS)
def test_a_day_is_in_exactly_one_period(anchor: date, unit: Unit, count: int, day: date) -> None:
    """Whatever the anchor, before or after it, the period that is clipped to a day contains it."""
    first = next(periods(anchor, Interval(unit, count), until=day + timedelta(days=1), start=day))

    assert day in first.whole
    assert first.span == Span(day, first.whole.end)


@given(MODES, INCREMENTS, st.integers(0, 7200), SECONDS, SECONDS)
def test_more_time_is_never_billed_less(
    mode: RoundMode, step: int, minimum: int, less: int, more: int
) -> None:
    """Raw seconds up, billed seconds not down: in every mode, with any minimum."""
    rounding = Rounding(step, mode, minimum_s=minimum)
    less, more = sorted((less, more))

    assert round_seconds(rounding, less) <= round_seconds(rounding, more)


@given(MODES, INCREMENTS, SECONDS)
def test_rounding_time_twice_changes_nothing(mode: RoundMode, step: int, seconds: int) -> None:
    """Billed seconds are already rounded; rounding up stays within one increment."""
    rounding = Rounding(step, mode)
    billed = round_seconds(rounding, seconds)

    assert round_seconds(rounding, billed) == billed
    if mode is RoundMode.CEIL:
        assert seconds <= billed < seconds + step


@given(INCREMENTS, SECONDS, SECONDS)
def test_splitting_an_entry_raises_ceil_and_lowers_floor(step: int, one: int, other: int) -> None:
    """Rounded up entry by entry, a split never costs less; rounded down, never more."""
    ceil, floor = Rounding(step, RoundMode.CEIL), Rounding(step, RoundMode.FLOOR)

    assert round_seconds(ceil, one) + round_seconds(ceil, other) >= round_seconds(ceil, one + other)
    assert round_seconds(floor, one) + round_seconds(floor, other) <= round_seconds(floor, one + other)


@given(MODES, INCREMENTS, st.sampled_from((Scope.TASK, Scope.DAY, Scope.PERIOD)), WORK, SECONDS)
def test_wider_scopes_do_not_see_a_split(
    mode: RoundMode, step: int, scope: Scope, work: Work, cut: int
) -> None:
    """Summed before it is rounded, time may be logged in as many pieces as one likes."""
    cut = min(cut, work.seconds)
    pieces = [Work("x", work.task, work.on, cut), Work("y", work.task, work.on, work.seconds - cut)]
    rounding = Rounding(step, mode, scope)

    assert round_groups(rounding, pieces) == round_groups(rounding, [work])


@given(INCREMENTS, st.lists(WORK, max_size=12))
def test_wider_scopes_round_up_less(step: int, work: list[Work]) -> None:
    """Rounded up: per entry costs most, per period least."""
    billed = {s: sum(round_groups(Rounding(step, RoundMode.CEIL, s), work).values()) for s in Scope}

    assert billed[Scope.ENTRY] >= billed[Scope.TASK] >= billed[Scope.PERIOD]
    assert billed[Scope.ENTRY] >= billed[Scope.DAY] >= billed[Scope.PERIOD]


@given(MODES, INCREMENTS, st.integers(0, 3600), st.lists(WORK, max_size=12))
def test_a_task_is_rounded_once_in_its_life(
    mode: RoundMode, step: int, minimum: int, work: list[Work]
) -> None:
    """Per-task rounding over two months adds up to rounding the whole once."""
    rounding = Rounding(step, mode, Scope.TASK, minimum)
    months = [Span(date(2026, 3, 1), date(2026, 4, 1)), Span(date(2026, 4, 1), date(2026, 5, 1))]

    by_month = sum(work_in_period(rounding, work, month).billed_s for month in months)

    assert by_month == sum(round_groups(rounding, work).values())


@given(
    st.sampled_from(RolloverOrder),
    st.integers(0, 4),
    st.none() | st.integers(0, 200_000),
    st.integers(0, 100),
    st.lists(st.tuples(SECONDS, SECONDS), max_size=12),
)
def test_no_minute_is_lost(
    order: RolloverOrder, valid_periods: int, cap: int | None, percent: int, used: list[tuple[int, int]]
) -> None:
    """Carried in + granted = drawn + lapsed + carried out, and drawn + overage = used."""
    rollover = Rollover(valid_periods, cap, Decimal(percent), order)

    for (_, wanted), s in zip(used, settle_all(rollover, used), strict=True):
        drawn = s.drawn_carried + s.drawn_granted
        assert s.carried_in + s.granted == drawn + s.expired + s.carried_out
        assert drawn + s.overage == wanted
        assert min(s.drawn_carried, s.drawn_granted, s.expired, s.overage) >= 0
        assert cap is None or s.carried_out <= max(cap, s.carried_in)


@given(st.integers(1, 4), st.lists(st.tuples(SECONDS, SECONDS), max_size=12))
def test_oldest_first_never_costs_more(valid_periods: int, used: list[tuple[int, int]]) -> None:
    """Without a cap, using carried time first never gives more overage than using it last."""
    over = {
        order: sum(s.overage for s in settle_all(Rollover(valid_periods, order=order), used))
        for order in RolloverOrder
    }

    assert over[RolloverOrder.OLDEST_FIRST] <= over[RolloverOrder.BASE_FIRST]


PACKS = st.lists(
    st.builds(
        HourPack,
        id=st.uuids().map(str),
        seconds=SECONDS,
        bought_on=st.dates(date(2026, 2, 15), date(2026, 4, 15)),
        expires_on=st.none() | st.dates(date(2026, 3, 1), date(2026, 6, 1)),
    ),
    max_size=5,
)


@given(PACKS, st.lists(WORK, max_size=12, unique_by=lambda w: w.id), st.randoms())
def test_packs_conserve_their_time(packs: list[HourPack], work: list[Work], shuffle: Random) -> None:
    """Bought = drawn + expired + left, draws + overage = use, nothing drawn outside a pack's dates."""
    shuffled = shuffle.sample(packs, len(packs))
    drawn = draw(pack_order(shuffled), work)
    balances = pack_balances(packs, drawn.draws, date(2026, 5, 1))

    assert drawn == draw(pack_order(packs), work)
    assert all(b.drawn_s + b.expired_s + b.left_s == p.seconds for p in packs for b in [balances[p.id]])
    taken = sum(d.seconds for d in drawn.draws) + sum(seconds for _, seconds in drawn.overage)
    assert taken == sum(item.seconds for item in work)
    on, by_id = {item.id: item.on for item in work}, {pack.id: pack for pack in packs}
    assert all(valid(by_id[d.pack], on[d.entry]) for d in drawn.draws)


@st.composite
def coupons(draw_: st.DrawFn) -> Coupon:
    percent = draw_(st.none() | PERCENTS)
    return Coupon(
        id=str(draw_(st.uuids())),
        redeemed_on=draw_(st.dates(date(2025, 12, 1), date(2026, 3, 1))),
        percent=percent,
        amount=None if percent is not None else Money(draw_(st.integers(0, 20_000)), "EUR"),
        duration=draw_(st.sampled_from(Duration)),
        cycles=draw_(st.integers(0, 4)),
        until=draw_(st.dates(date(2026, 1, 1), date(2026, 12, 1))),
        applies_to=draw_(st.sampled_from(("fee", "overage", "all"))),
    )


CHARGES = st.lists(st.tuples(st.integers(0, 12_000), st.integers(0, 12_000)), min_size=1, max_size=6).map(
    lambda pairs: [
        Charge(
            date(2026, 1, 31) + timedelta(days=31 * number),
            (
                Chargeable("f", "fee", Money(fee, "EUR")),
                Chargeable("o", "overage", Money(over, "EUR")),
            ),
        )
        for number, (fee, over) in enumerate(pairs)
    ]
)


@given(CHARGES, st.lists(coupons(), max_size=4), st.randoms())
def test_coupons_never_pay_you(charges: list[Charge], held: list[Coupon], shuffle: Random) -> None:
    """0 ≤ net ≤ gross, uses ≤ cycles, parts add up, and the order they were typed in changes nothing."""
    discounted, after, _ = apply_coupons(charges, held, "EUR")

    assert all(0 <= each.net.minor <= each.gross.minor for each in discounted)
    assert all(
        total((part for _, part in applied.parts), "EUR") == applied.amount
        for each in discounted
        for applied in each.applied
    )
    assert all(r.uses <= (r.coupon.cycles or 0) for r in after if r.coupon.duration is Duration.CYCLES)
    shuffled = shuffle.sample(held, len(held))
    assert apply_coupons(reversed(charges), shuffled, "EUR")[0] == discounted


@given(st.integers(0, 10**7), PERCENTS, CURRENCIES)
def test_tax_inside_a_price_never_moves_the_total(minor: int, rate: Decimal, currency: str) -> None:
    """Inclusive: net + tax is the gross. Added and taken out again: the same net."""
    lines = [Taxable(Money(minor, currency), (rate,))]

    inside, added = tax(lines, currency, mode=TaxMode.INCLUSIVE), tax(lines, currency)

    assert inside.total == Money(minor, currency)
    back = tax([Taxable(added.total, (rate,))], currency, mode=TaxMode.INCLUSIVE)
    assert back.net == Money(minor, currency)


@given(st.integers(-(10**9), 10**9), st.decimals("0.5", 2, places=5), st.sampled_from(("USD", "CHF", "GBP")))
def test_there_and_back_is_close_and_refunds_cancel(minor: int, value: Decimal, other: str) -> None:
    """X→X changes nothing, X→Y→X is within one minor unit, charge + full refund is 0 in both currencies."""
    on, amount = date(2026, 3, 31), Money(minor, "EUR")
    rates = Rates([Rate(on, "EUR", other, value)])

    there = rates.convert(amount, other, on).amount
    assert there is not None
    back = rates.convert(there, "EUR", on).amount
    mirrored = rates.convert(-amount, other, on).amount

    assert rates.convert(amount, "EUR", on).amount == amount
    assert back is not None
    assert abs(back.minor - minor) <= 1
    assert mirrored == -there


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2011, 12, 1), datetime(2027, 1, 1)),  # noqa: DTZ001
    st.integers(0, 400_000),
)
def test_cutting_at_midnight_keeps_every_second(zone: str, start: datetime, seconds: int) -> None:
    """The days of an entry add up to it in every zone, over clock changes and skipped days."""
    begin = start.replace(microsecond=0, tzinfo=UTC)
    entry = TimeEntry("e", "t", begin, begin + timedelta(seconds=seconds))

    days = split_days(entry, zone)

    assert sum(days.values()) == seconds
    assert all(day_start(day, zone) <= entry.start + timedelta(seconds=seconds) for day in days)


@given(st.lists(st.integers(0, 4000), max_size=8), CURRENCIES, st.sampled_from(LineScope))
def test_details_add_up_to_their_lines(seconds: list[int], currency: str, scope: LineScope) -> None:
    """Whatever a line of time is made of, its details sum to it and lines to the total."""
    items = [(f"t{index % 3}", value) for index, value in enumerate(seconds)]

    rated = rate_time(Decimal("27.50"), currency, items, scope=scope)

    assert total(rated.details, currency) == total(rated.lines, currency) == rated.total


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=20))
def test_usage_may_be_summed_before_it_is_priced(calls: list[tuple[int, int]]) -> None:
    """The price of a sum is the sum of the prices, exactly, so monthly sums may feed a bill."""
    prices = [Price(Decimal("0.26"), 1_000_000, "input"), Price(Decimal("3"), 1_000_000, "output")]
    at = datetime(2026, 4, 2, tzinfo=UTC)
    events = [UsageEvent(str(n), "t", at, (("input", i), ("output", o))) for n, (i, o) in enumerate(calls)]
    summed = UsageEvent(
        "sum", "t", at, (("input", sum(i for i, _ in calls)), ("output", sum(o for _, o in calls)))
    )

    assert price_usage(prices, [summed]).exact == price_usage(prices, events).exact


@given(st.lists(WORK, max_size=10), st.randoms(), st.sampled_from(ZONES))
def test_the_order_of_entries_changes_nothing(work: list[Work], shuffle: Random, zone: str) -> None:
    """Entries count once each, however they are listed and repeated."""
    entries = [
        TimeEntry(w.id, w.task, begin, begin + timedelta(seconds=w.seconds))
        for w in work
        for begin in [datetime.combine(w.on, datetime.min.time(), UTC)]
    ]

    assert works(shuffle.sample(entries, len(entries)) + entries[:3], zone) == works(entries, zone)


CALLS = st.lists(
    st.builds(
        UsageEvent,
        id=st.uuids().map(str),
        task=st.just("t"),
        at=st.datetimes(datetime(2026, 4, 1), datetime(2026, 4, 30), timezones=st.just(UTC)),  # noqa: DTZ001
        quantities=st.tuples(st.tuples(st.sampled_from(("input", "output")), st.integers(0, 10**6))),
    ),
    max_size=10,
)


@given(CALLS, st.randoms())
def test_the_order_of_usage_changes_nothing(calls: list[UsageEvent], shuffle: Random) -> None:
    """Each call has the price of its instant, wherever it is listed."""
    change = datetime(2026, 4, 15, tzinfo=UTC)
    prices = [
        Price(Decimal("0.26"), 1_000_000, "input"),
        Price(Decimal("0.13"), 1_000_000, "input", change),
        Price(Decimal(3), 1_000_000, "output"),
    ]
    shuffled = shuffle.sample(prices, len(prices))

    assert price_usage(shuffled, shuffle.sample(calls, len(calls))) == price_usage(prices, calls)


@given(DAYS, st.integers(0, 10**6), st.integers(0, 10**6))
def test_on_the_last_day_the_forecast_is_the_bill(day: date, fixed: int, variable: int) -> None:
    """Nothing is left to guess when the month is over."""
    last = month_of(day).end - timedelta(days=1)

    outlook = forecast(last, fixed=Money(fixed, "EUR"), variable=Money(variable, "EUR"))

    assert outlook.total == outlook.actual == Money(fixed + variable, "EUR")


INSTANTS = st.integers(0, 20).map(lambda n: datetime(2026, 3, 9, tzinfo=UTC) + timedelta(minutes=n))


@given(
    st.lists(
        st.builds(OpenChange, INSTANTS, st.sampled_from("abcd"), st.booleans()),
        max_size=12,
    ),
    st.integers(1, 4),
    st.randoms(),
)
def test_the_order_of_changes_is_that_of_their_instants(
    changes: list[OpenChange], limit: int, shuffle: Random
) -> None:
    """However openings and closings are listed; slow stretches are apart, in order, and never empty."""
    until = datetime(2026, 3, 10, tzinfo=UTC)

    load = open_load(limit, changes, until)

    assert load == open_load(limit, shuffle.sample(changes, len(changes)), until)
    edges = [edge for stretch in load.slow for edge in stretch]
    assert all(before < after for before, after in pairwise(edges))


@given(
    st.lists(
        st.builds(Grant, st.uuids().map(str), st.integers(0, 2), INSTANTS, st.none() | INSTANTS), max_size=8
    ),
    st.randoms(),
)
def test_credit_burns_in_one_order(grants: list[Grant], shuffle: Random) -> None:
    """However grants are listed, the order they are used up in is the same."""
    assert burn_order(shuffle.sample(grants, len(grants))) == burn_order(grants)
