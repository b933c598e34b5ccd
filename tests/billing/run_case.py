"""Any worked case of the billing file format, mapped to the engine's public functions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from spirou_cli.domain.billing.adjustments import Refund, coupon_lines, expense_lines, refund_line
from spirou_cli.domain.billing.allowances import settle_all
from spirou_cli.domain.billing.budget import SOFT, Budget, ask_budget
from spirou_cli.domain.billing.coupons import Charge, Chargeable, apply_coupons, redemptions
from spirou_cli.domain.billing.currency import Exchange, Rate, Rates
from spirou_cli.domain.billing.expenses import Expense, handling
from spirou_cli.domain.billing.fixed_price import Ending, FixedTask, price_due
from spirou_cli.domain.billing.forecast import MIN_DAYS, alerts, forecast
from spirou_cli.domain.billing.limits import OpenChange, cap_tasks, open_load
from spirou_cli.domain.billing.lines import Formula, Line, LineKind, line
from spirou_cli.domain.billing.packs import Grant, burn_order, draw, pack_balances, pack_order
from spirou_cli.domain.billing.periods import local_date, periods
from spirou_cli.domain.billing.pricing import (
    Package,
    billable_overage,
    continued,
    hourly,
    package_price,
    rate_time,
    tier_price,
)
from spirou_cli.domain.billing.proration import change_plan, prorate
from spirou_cli.domain.billing.quotas import quota
from spirou_cli.domain.billing.reconcile import Document, reconcile
from spirou_cli.domain.billing.refunds import refund, unused_days
from spirou_cli.domain.billing.rounding import Work, round_groups, snap
from spirou_cli.domain.billing.seats import seat
from spirou_cli.domain.billing.spend import cap_spend, true_up
from spirou_cli.domain.billing.statement import settle, tax_lines
from spirou_cli.domain.billing.tax import Taxable, reverse_charge, tax
from spirou_cli.domain.billing.trials import trial_outcome
from spirou_cli.domain.billing.usage import (
    UsageEvent,
    disjoint,
    exact_text,
    price_usage,
    rounded_per_event,
)
from spirou_cli.domain.billing.worktime import TimeEntry, split_days, time_by_period, works
from spirou_cli.domain.money import Money, allocate, total
from spirou_cli.domain.plan import (
    Coupon,
    Duration,
    HourPack,
    Interval,
    LineScope,
    Model,
    OnConvert,
    OverCap,
    PackOrder,
    Price,
    Proration,
    Rollover,
    RolloverOrder,
    Rounding,
    RoundMode,
    Scope,
    Span,
    TaskCap,
    TaxMode,
    TaxRounding,
    TaxRule,
    Tier,
    Tiers,
    Trial,
    Unit,
)
from spirou_cli.domain.record import replace

Case = dict[str, Any]

# The lines that a statement's charges make, where they have another name.
LINE_KINDS = {
    "fee_prorated": LineKind.FEE,
    "plan_change": LineKind.FEE,
    "tokens": LineKind.USAGE,
    "fixed_tasks": LineKind.TASK,
}


def run_case(kind: str, input: dict[str, Any]) -> dict[str, Any]:
    """The engine's answer to one case, in the words of the format. KeyError for an unknown kind."""
    return KINDS[kind](_said(input))


def _said(value: Any) -> Any:
    """``value`` without its nulls: the format writes one where it might have left the key out."""
    if isinstance(value, dict):
        return {key: _said(part) for key, part in value.items() if part is not None}
    return [_said(part) for part in value] if isinstance(value, list) else value


def _periods(case: Case) -> Case:
    interval = Interval(Unit(case["interval"]["unit"]), case["interval"].get("count", 1))
    start = _day(case.get("service_start"))
    found = periods(_date(case["anchor"]), interval, until=_date(case["until"]), start=start)
    return {"periods": [_span_text(period.span) for period in found]}


def _local_date(case: Case) -> Case:
    instant = _instant(case["instant"])
    return {"dates": {zone: local_date(instant, zone).isoformat() for zone in case["zones"]}}


def _prorate(case: Case) -> Case:
    shares = [
        prorate(
            Decimal(item["fee"]),
            item["currency"],
            whole=_span(item["period"]),
            served=_span(item["served"]),
            policy=Proration(item.get("policy", "days")),
        )
        for item in case["items"]
    ]
    return {"items": [_told(share, "days period_days amount") for share in shares]}


def _plan_change(case: Case) -> Case:
    change = change_plan(
        Decimal(case["old_fee"]),
        Decimal(case["new_fee"]),
        case["currency"],
        period=_span(case["period"]),
        on=_date(case["change_on"]),
    )
    return _told(change, "days_left period_days credit charge net")


def _allocate(case: Case) -> Case:
    parts = allocate(Money.of(case["amount"], case["currency"]), case["weights"])
    return {"parts": [_text(part) for part in parts]}


def _round_time(case: Case) -> Case:
    billed = round_groups(_rounding(case["rounding"]), _work(case))
    return {"billed": billed, "total_s": sum(billed.values())}


def _clock_snap(case: Case) -> Case:
    start = snap(_instant(case["start"]), case["snap_s"], RoundMode(case["begin"]))
    end = snap(_instant(case["end"]), case["snap_s"], RoundMode(case["end_mode"]))
    seconds = int((end - start).total_seconds())
    return {"start": start.isoformat(), "end": end.isoformat(), "seconds": seconds}


def _split_days(case: Case) -> Case:
    entries = _entries(case)
    rows, days = [], dict[str, int]()
    for entry in entries:
        own = {day.isoformat(): seconds for day, seconds in split_days(entry, case["tz"]).items()}
        rows.append({"id": entry.id, "seconds": entry.seconds, "days": own})
        days = {day: days.get(day, 0) + own.get(day, 0) for day in (*days, *own)}
    return {"entries": rows, "days": days, "total_s": sum(entry.seconds for entry in entries)}


def _time_by_period(case: Case) -> Case:
    spans = [_span(pair) for pair in case["periods"]]
    found = time_by_period(_rounding(case.get("rounding") or {}), works(_entries(case), case["tz"]), spans)
    rows = []
    for time in found:
        row: Case = {"period": _span_text(time.span)} | _told(time, "raw_s billed_s groups")
        if case.get("included_s") is not None or case.get("overage_rate") is not None:
            over = max(0, time.billed_s - (case.get("included_s") or 0))
            row["overage_s"] = over
            if case.get("overage_rate") is not None:
                row["overage"] = _overage(case, over)
        rows.append(row)
    return {"periods": rows}


def _rate_time(case: Case) -> Case:
    items = case["items"]
    scope = LineScope(case.get("line_scope", "period"))
    rated = rate_time(
        Decimal(case["rate_per_hour"]),
        case["currency"],
        [(item.get("task", item["id"]), item["seconds"]) for item in items],
        scope=scope,
        multiplier=Decimal(case.get("multiplier") or 1),
    )
    return {
        "lines": [_text(amount) for amount in rated.lines],
        "total": _text(rated.total),
        "details": {item["id"]: _text(part) for item, part in zip(items, rated.details, strict=True)},
    }


def _charge_model(case: Case) -> Case:
    price: Callable[[Fraction], Fraction]
    if case["model"] == "package":
        free = Decimal(case.get("free_units") or 0)
        package = Package(Decimal(case["package_size"]), Decimal(case["amount"]), free)
        price = lambda units: package_price(package, units)  # noqa: E731
    else:
        tiers = Tiers(Model(case["model"]), tuple(_tier(tier) for tier in case["tiers"]))
        price = lambda units: tier_price(tiers, units)  # noqa: E731
    exact = continued(price, Fraction(case["units"]), Fraction(case.get("units_before") or 0))
    return {"amount": _text(Money.of(exact, case["currency"]))}


def _allowance(case: Case) -> Case:
    used = [period["used_s"] for period in case["periods"]]
    rows = []
    for period, s in zip(
        case["periods"],
        settle_all(_rollover(case.get("rollover") or {}), [(case["included_s"], each) for each in used]),
        strict=True,
    ):
        billable = billable_overage(s.overage, case.get("overage_minimum_s") or 0)
        row = {"id": period["id"], "rollover_in_s": s.carried_in, "available_s": s.available}
        row |= {"drawn_rollover_s": s.drawn_carried, "drawn_included_s": s.drawn_granted}
        row |= {"overage_s": s.overage, "overage": _overage(case, billable)}
        rows.append(row | {"expired_s": s.expired, "carried_out_s": s.carried_out})
    return {"periods": rows}


def _packs(case: Case) -> Case:
    packs = [
        HourPack(
            pack["id"],
            pack["seconds"],
            _date(pack["purchased_on"]),
            _day(pack.get("expires_on")),
            priority=pack.get("priority", 0),
        )
        for pack in case["packs"]
    ]
    entries = sorted(case["entries"], key=lambda entry: (_instant(entry["start"]), entry["id"]))
    work = [
        Work(e["id"], e.get("task", e["id"]), local_date(_instant(e["start"]), case["tz"]), e["seconds"])
        for e in entries
    ]
    drawn = draw(pack_order(packs, PackOrder(case.get("order", "expiry"))), work)
    balances = pack_balances(packs, drawn.draws, _date(case["as_of"]))
    over = sum(seconds for _, seconds in drawn.overage)
    return {
        "draws": [_told(each, "entry pack seconds") for each in drawn.draws],
        "overage": [{"entry": entry, "seconds": seconds} for entry, seconds in drawn.overage],
        "overage_s": over,
        "overage_amount": _overage(case, over),
        "packs": {pack: _told(b, "drawn_s expired_s left_s") for pack, b in balances.items()},
    }


def _grant_order(case: Case) -> Case:
    grants = [
        Grant(
            g["id"],
            g.get("priority", 0),
            _instant(g["created"]),
            _instant(g["expires"]) if g.get("expires") else None,
        )
        for g in case["grants"]
    ]
    return {"order": [grant.id for grant in burn_order(grants)]}


def _task_cap(case: Case) -> Case:
    cap = TaskCap(case["cap_s"], OverCap(case.get("over", "whole")))
    capped = cap_tasks(
        cap, [(task["id"], task["seconds"]) for task in case["tasks"]], case.get("pack_s") or 0
    )
    currency = case["currency"]
    return {
        "tasks": {task.id: task.cover.value for task in capped.tasks},
        "pack_drawn_s": capped.pack_drawn_s,
        "fee": _text(Money.of(case["fee"], currency)),
        "extra": _text(Money(0, currency)),
    }


def _open_limit(case: Case) -> Case:
    changes = [OpenChange(_instant(e["at"]), e["task"], e["event"] == "open") for e in case["events"]]
    load = open_load(case["limit"], changes, _instant(case["until"]))
    return {
        "max_open": load.most,
        "slow_intervals": [[start.isoformat(), end.isoformat()] for start, end in load.slow],
        "slow_s": load.slow_s,
        "open_at_end": load.open_at_end,
    }


def _coupon(case: Case) -> Case:
    currency = case["currency"]
    charges = [
        Charge(
            _date(charge["date"]),
            tuple(
                Chargeable(str(number), item.get("tag", ""), Money.of(item["amount"], currency))
                for number, item in enumerate(charge["lines"])
            ),
        )
        for charge in case["charges"]
    ]
    discounted, _, ignored = apply_coupons(charges, map(_coupon_of, case["coupons"]), currency)
    rows = [
        {"date": d.charge.on.isoformat()}
        | {"applied": [{"coupon": a.coupon, "discount": _text(a.amount)} for a in d.applied]}
        | _told(d, "gross discount net")
        for d in discounted
    ]
    result: Case = {"charges": rows, "total": _text(total((d.net for d in discounted), currency))}
    return result | ({"ignored": ignored} if ignored else {})


def _commitment(case: Case) -> Case:
    currency = case["currency"]
    spent = total((Money.of(item["amount"], currency) for item in case["lines"]), currency)
    owed = true_up(Decimal(case["minimum"]), spent, days=case["days"], period_days=case["period_days"])
    return {
        "prorated_minimum": _text(owed.minimum),
        "lines_total": _text(spent),
        "true_up": _text(owed.amount),
    }


def _spend_cap(case: Case) -> Case:
    currency = case["currency"]
    maximum = case.get("maximum")
    spent = cap_spend(
        Money.of(Fraction(case["units"]) * Fraction(case["unit_price"]), currency),
        percent_off=Decimal(case.get("percent_off") or 0),
        before=Money.of(case.get("previously_billed") or "0", currency),
        maximum=None if maximum is None else Money.of(maximum, currency),
    )
    return _told(spent, "amount discount cap_discount total")


def _trial(case: Case) -> Case:
    currency, terms = case["currency"], case["trial"]
    trial = Trial(
        terms.get("days") or 0,
        terms.get("seconds"),
        terms.get("tasks"),
        OnConvert(terms.get("on_convert", "free")),
    )
    cancelled = _instant(case["cancelled_at"]) if case.get("cancelled_at") else None
    outcome = trial_outcome(trial, _date(case["start_on"]), _entries(case), case["tz"], cancelled)
    fee = Money.of(case["fee"] if outcome.converted else "0", currency)
    usage = Money.of(hourly(Decimal(case.get("rate_per_hour") or 0), outcome.billable_s), currency)
    result: Case = {
        "converted": outcome.converted,
        "fee": _text(fee),
        "billable_s": outcome.billable_s,
        "usage": _text(usage),
        "total": _text(fee + usage),
    }
    if outcome.end is None:
        return result
    return result | {
        "trial_end": outcome.end.at.isoformat(),
        "reason": outcome.end.reason.value,
        "anchor": outcome.end.anchor.isoformat(),
        "free_s": outcome.free_s,
    }


def _fixed_price(case: Case) -> Case:
    currency = case["currency"]
    due = {task["id"]: price_due(_fixed_task(task, currency)) for task in case["tasks"]}
    return {
        "lines": {task: _text(amount) for task, amount in due.items()},
        "total": _text(total(due.values(), currency)),
        "billed_time_s": 0,
    }


def _tokens(case: Case) -> Case:
    period = _span(case["period"])
    prices = [_meter_price(price) for price in case["prices"]]
    events = [
        (_usage_event(number, event), event.get("repeat", 1))
        for number, event in enumerate(case["events"])
        if local_date(_instant(event["at"]), case["tz"]) in period
    ]
    sums = [
        replace(e, quantities=tuple((meter, n * times) for meter, n in e.quantities)) for e, times in events
    ]
    cost = price_usage(prices, sums)
    per_call = [rounded_per_event(prices, [event], case["currency"]).times(times) for event, times in events]
    return {
        "exact": exact_text(cost.exact),
        "amount": _text(Money.of(cost.exact, case["currency"])),
        "wrong_if_rounded_per_call": _text(total(per_call, case["currency"])),
    }


def _expense(case: Case) -> Case:
    expense = _expense_of(case, date.min, "")
    markup = handling(expense)
    return {
        "cost": _text(expense.cost),
        "markup": _text(markup),
        "total": _text(expense.cost + markup),
    }


def _quota(case: Case) -> Case:
    use = quota(
        case["included"],
        {task["id"]: task.get("seconds") or 0 for task in case["tasks"]},
        unit_s=case.get("unit_s"),
        extra_price=Decimal(case.get("extra_price") or 0),
        currency=case["currency"],
    )
    return _told(use, "units total_units left extra_units extra")


def _seat(case: Case) -> Case:
    time = seat(
        Decimal(case["rate_per_hour"]),
        case["currency"],
        scheduled_s=case["scheduled_s"],
        worked_s=case["worked_s"],
        absent_s=case.get("absent_s") or 0,
    )
    return _told(time, "billed_s idle_s amount")


def _tax(case: Case) -> Case:
    currency = case["currency"]
    taxed = tax(
        [
            Taxable(Money.of(item["amount"], currency), tuple(map(Decimal, item.get("rates", ()))))
            for item in case["lines"]
        ],
        currency,
        mode=TaxMode(case.get("mode", "exclusive")),
        rounding=TaxRounding(case.get("tax_rounding", "document")),
    )
    rows = {str(rate): _text(amount) for rate, amount in taxed.rows.items()}
    return {"tax_by_rate": rows} | _told(taxed, "net tax total")


def _convert(case: Case) -> Case:
    rates, to = _rates(case), case["to"]
    rows, converted, unconverted = [], Money(0, to), dict[str, Money]()
    for item in case["lines"]:
        amount = Money.of(item["amount"], item["currency"])
        conversion = rates.convert(amount, to, _date(item["date"]))
        rows.append(_told(conversion, "amount path") | {"rate_date": _rate_date(conversion.exchange)})
        if conversion.amount is None:
            unconverted[amount.currency] = unconverted.get(amount.currency, amount.times(0)) + amount
        else:
            converted += conversion.amount
    apart = {currency: _text(amount) for currency, amount in unconverted.items()}
    return {"lines": rows, "total": _text(converted), "unconverted": apart}


def _reverse_charge(case: Case) -> Case:
    net = Money.of(case["net"], case["currency"])
    conversion = _rates(case).convert(net, case["reporting_currency"], _date(case["invoice_date"]))
    result: Case = {"payable": _text(net), "invoice_tax": _text(net.times(0))}
    if conversion.amount is None or conversion.exchange is None:
        return result | dict.fromkeys(("base", "rate_date", "self_assessed", "recoverable", "cost"))
    percent = Decimal(case.get("recoverable_percent", 100))
    on, rate = _date(case["invoice_date"]), Decimal(case["domestic_rate"])
    memo = reverse_charge(on, conversion.amount, rate, percent)
    result |= _told(memo, "base self_assessed recoverable cost")
    return result | {"rate_date": _rate_date(conversion.exchange)}


def _refund(case: Case) -> Case:
    charged = Money.of(case["charged"], case["currency"])
    answers = refund(charged, [Money.of(amount, case["currency"]) for amount in case["refunds"]])
    rows = [_told(answer, "refund accepted remaining") for answer in answers]
    return {"refunds": rows, "net": _text(answers[-1].remaining if answers else charged)}


def _refund_unused(case: Case) -> Case:
    note = unused_days(
        Money.of(case["fee"], case["currency"]),
        unused=case["unused_days"],
        period=case["period_days"],
        tax_rate=Decimal(case.get("tax_rate") or 0),
    )
    return _told(note, "net tax total")


def _budget(case: Case) -> Case:
    currency = case["currency"]
    soft = tuple(map(Decimal, case["soft"])) if "soft" in case else SOFT
    committed = case.get("committed")
    answer = ask_budget(
        Budget("all", Money.of(case["limit"], currency), soft),
        spent=Money.of(case["spent"], currency),
        add=Money.of(case["add"], currency),
        committed=None if committed is None else Money.of(committed, currency),
    )
    crossed = [str(part) for part in answer.soft_crossed]
    return {"soft_crossed": crossed} | _told(answer, "allowed remaining_before")


def _forecast(case: Case) -> Case:
    currency = case["currency"]
    outlook = forecast(
        _date(case["as_of"]),
        fixed=Money.of(case["fixed_charged"], currency),
        variable=Money.of(case["variable_to_date"], currency),
        scheduled=[(_date(s["date"]), Money.of(s["amount"], currency)) for s in case.get("scheduled", ())],
        min_days=case.get("min_days", MIN_DAYS),
    )
    result = _told(outlook, "actual elapsed_days month_days scheduled")
    result |= {"variable_forecast": _text(outlook.variable), "forecast": _text(outlook.total)}
    if case.get("limit") is None:
        return result
    limit = Money.of(case["limit"], currency)
    crossed = alerts(outlook, limit, tuple(map(Decimal, case.get("soft", ()))))
    return result | {
        "alerts": [f"{what}>={part}" for what, part in crossed],
        "over_limit_forecast": outlook.exceeds(limit),
    }


def _reconcile(case: Case) -> Case:
    invoice, computed = _document(case["invoice"]), _document(case["computed"])
    named = [(h["name"], Money.of(h["total"], invoice.currency).minor) for h in case.get("hypotheses") or ()]
    found = reconcile(invoice, computed, named)
    findings = [
        {"type": f.type.value}
        | ({"kind": f.kind} if f.kind is not None else {})
        | {name: _money(amount) for name, amount in f.amounts.items()}
        for f in found.findings
    ]
    explained = list(found.explained_by)
    return {"findings": findings, "explained_by": explained} | _told(found, "status diff tolerance")


def _rounding_hypotheses(case: Case) -> Case:
    by_scope = {}
    for scope in (Scope.ENTRY, Scope.TASK, Scope.DAY, Scope.PERIOD):
        billed = sum(round_groups(_rounding(case["rounding"], scope), _work(case)).values())
        by_scope[scope.value] = _overage(case, max(0, billed - (case.get("included_s") or 0)))
    theirs = _text(Money.of(case["invoice_overage"], case["currency"]))
    return {
        "overage_by_scope": by_scope,
        "explained_by": [scope for scope, ours in by_scope.items() if ours == theirs],
    }


def _statement(case: Case) -> Case:
    reporting, rates = case["reporting_currency"], _rates(case)
    grand, rows = Money(0, reporting), []
    for provider in case["providers"]:
        rule = _tax_rule(provider.get("tax") or {})
        lines = _charged(provider)
        lines += tax_lines(provider["id"], lines, rule, _date(case["month_end"]))
        settled = settle(provider["id"], lines, rule, rates=rates, reporting=reporting)
        grand += settled.reporting_cost
        row: Case = {
            "id": provider["id"],
            "currency": provider["currency"],
            "lines": [
                {
                    "kind": r.line.kind.value,
                    "date": r.line.on.isoformat(),
                    "amount": _text(r.line.amount),
                    "rate_date": _rate_date(r.exchange),
                    "reporting": _text(r.reporting),
                }
                for r in settled.rows
            ],
            "total": _text(settled.totals.get(provider["currency"], Money(0, provider["currency"]))),
        } | _told(settled, "reporting_total reporting_cost")
        if settled.reverse:
            row["self_assessed_vat"] = _text(settled.self_assessed)
            row["non_recoverable_vat"] = _text(settled.not_recoverable)
        rows.append(row)
    return {"providers": rows, "grand_total": _text(grand)}


def _charged(provider: Case) -> list[Line]:
    """The lines of a statement's charges in their order; a coupon works on the lines of its day."""
    made = [
        (charge, [] if charge["kind"] == "coupon" else _charge_lines(provider, charge, number))
        for number, charge in enumerate(provider["charges"])
    ]
    coupons: dict[str, list[Line]] = {}
    for day in {charge["date"] for charge, _ in made if charge["kind"] == "coupon"}:
        lines = [item for charge, own in made for item in own if charge["date"] == day]
        held, _ = redemptions(
            [
                _day_coupon(c | {"currency": provider["currency"]}, n)
                for n, (c, _) in enumerate(made)
                if (c["kind"], c["date"]) == ("coupon", day)
            ],
            provider["currency"],
        )
        discounts, _ = coupon_lines(lines, held, provider["currency"])
        coupons |= {item.sources[0]: [item] for item in discounts}
    return [item for number, (_, own) in enumerate(made) for item in (*own, *coupons.get(f"{number:04}", ()))]


def _day_coupon(charge: Case, number: int) -> Coupon:
    tag = charge.get("applies_to", "all")
    terms = charge | {
        "id": f"{number:04}",
        "redeemed_on": charge["date"],
        "applies_to": LINE_KINDS.get(tag, tag),
    }
    return _coupon_of({"duration": "once"} | terms)


def _charge_lines(provider: Case, charge: Case, number: int) -> list[Line]:
    name, currency = provider["id"], provider["currency"]
    on, kind, key = _date(charge["date"]), charge["kind"], str(number)

    def made(kind: LineKind, exact: Fraction | Money, suffix: str = "") -> Line:
        return line(name, kind, on, exact, currency, Formula(""), key=key + suffix)

    def given(kind: LineKind) -> list[Line]:
        return [made(kind, Money.of(charge["amount"], currency))]

    if kind == "expense":
        return expense_lines(name, _expense_of(charge | {"currency": currency}, on, key))
    if kind == "refund":
        amount = Money(abs(Money.of(charge["amount"], currency).minor), currency)
        original = _date(charge.get("original_date") or charge["date"])
        return [refund_line(name, Refund(key, on, amount, original_on=original))]
    if kind == "fee_prorated":
        policy = Proration(charge.get("policy", "days"))
        whole, served = _span(charge["period"]), _span(charge["served"])
        share = prorate(Decimal(charge["fee"]), currency, whole=whole, served=served, policy=policy)
        return [made(LineKind.FEE, share.exact)]
    if kind == "plan_change" and "old_fee" in charge:
        change = change_plan(
            Decimal(charge["old_fee"]),
            Decimal(charge["new_fee"]),
            currency,
            period=_span(charge["period"]),
            on=_date(charge.get("change_on") or charge["date"]),
        )
        return [made(LineKind.FEE_CREDIT, change.credit), made(LineKind.FEE, change.charge, "new")]
    if kind == "tokens" and "usage" in charge:
        prices = [Price(Decimal(u["price"]), int(u.get("per", 1)), u["meter"]) for u in charge["usage"]]
        used = tuple((u["meter"], u["qty"]) for u in charge["usage"])
        event = UsageEvent(key, "", _instant(f"{charge['date']}T00:00:00+00:00"), used)
        return [made(LineKind.USAGE, price_usage(prices, [event]).exact)]
    if kind == "fixed_tasks" and "tasks" in charge:
        due = [price_due(_fixed_task(task, currency)) for task in charge["tasks"]]
        return [made(LineKind.TASK, total(due, currency))]
    if kind == "overage" and "amount" not in charge:
        rate = Decimal(charge.get("rate_per_hour") or charge.get("overage_rate") or charge["rate"])
        seconds = charge["seconds"] if "seconds" in charge else charge["overage_s"]
        return [made(LineKind.OVERAGE, hourly(rate, seconds))]
    return given(LINE_KINDS.get(kind) or LineKind(kind))


def _overage(case: Case, seconds: int) -> str:
    rate = Decimal(case.get("overage_rate") or 0)
    return _money(Money.of(hourly(rate, seconds), case["currency"]))


def _date(text: str) -> date:
    return date.fromisoformat(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _span(pair: list[str]) -> Span:
    return Span(_date(pair[0]), _date(pair[1]))


def _span_text(span: Span) -> list[str]:
    return [span.start.isoformat(), span.end.isoformat()]


def _money(amount: Money) -> str:
    return str(amount.amount)


def _told(answer: object, names: str) -> Case:
    """Fields of an answer by name, money as text."""
    found = {name: getattr(answer, name) for name in names.split()}
    return {name: _money(value) if isinstance(value, Money) else value for name, value in found.items()}


def _rate_date(exchange: Exchange | None) -> str | None:
    return None if exchange is None else exchange.rate_date.isoformat()


def _text(amount: Money | None) -> str | None:
    return None if amount is None else _money(amount)


def _rounding(terms: Case, scope: Scope | None = None) -> Rounding:
    return Rounding(
        terms.get("increment_s", 1),
        RoundMode(terms.get("mode", "none")),
        scope or Scope(terms.get("scope", "entry")),
        terms.get("minimum_s", 0),
    )


def _rollover(terms: Case) -> Rollover:
    return Rollover(
        terms.get("valid_periods", 0),
        terms.get("cap_s"),
        Decimal(terms.get("unused_percent", 100)),
        RolloverOrder(terms.get("order", "oldest_first")),
    )


def _work(case: Case) -> list[Work]:
    return [
        Work(e["id"], e.get("task", e["id"]), _entry_date(e, case.get("tz")), e["seconds"])
        for e in case["entries"]
    ]


def _entry_date(entry: Case, zone: str | None) -> date:
    if "date" in entry:
        return _date(entry["date"])
    return local_date(_instant(entry["start"]), zone or "UTC")


def _entries(case: Case) -> list[TimeEntry]:
    return [
        TimeEntry(
            e["id"],
            e.get("task", e["id"]),
            _instant(e["start"]),
            _instant(e["end"]) if e.get("end") else None,
        )
        for e in case["entries"]
    ]


def _tier(tier: Case) -> Tier:
    up_to = None if tier.get("up_to") is None else Decimal(tier["up_to"])
    return Tier(Decimal(tier.get("unit") or 0), up_to, Decimal(tier.get("flat") or 0))


def _coupon_of(terms: Case) -> Coupon:
    amount = terms.get("amount")
    return Coupon(
        id=terms["id"],
        redeemed_on=_date(terms["redeemed_on"]),
        percent=Decimal(terms["percent"]) if terms.get("percent") is not None else None,
        amount=Money.of(amount, terms["currency"]) if amount is not None else None,
        duration=Duration(terms["duration"]),
        cycles=terms.get("cycles"),
        until=_day(terms.get("until")),
        applies_to=terms.get("applies_to", "all"),
    )


def _fixed_task(task: Case, currency: str) -> FixedTask:
    ending = Ending(task["status"]) if task.get("status") in ("done", "cancelled") else None
    fee = task.get("cancel_fee")
    return FixedTask(
        task["id"],
        Money.of(task["fixed_price"], currency),
        ending,
        None if fee is None else Money.of(fee, currency),
    )


def _meter_price(price: Case) -> Price:
    since = _instant(price["from"]) if price.get("from") else None
    return Price(Decimal(price["price"]), int(price.get("per", 1)), price["meter"], since)


def _usage_event(number: int, event: Case) -> UsageEvent:
    meters = disjoint(event["qty"], input_includes_cached=bool(event.get("input_includes_cached")))
    return UsageEvent(str(number), "", _instant(event["at"]), tuple(meters.items()))


def _expense_of(terms: Case, on: date, key: str) -> Expense:
    fixed = terms.get("fixed_fee")
    return Expense(
        key,
        on,
        Money.of(terms["amount"], terms["currency"]),
        markup_percent=Decimal(terms.get("markup_percent") or 0),
        fixed_fee=None if fixed is None else Money.of(fixed, terms["currency"]),
    )


def _rates(case: Case) -> Rates:
    known = [Rate(_date(r["date"]), r["base"], r["quote"], Decimal(r["rate"])) for r in case.get("rates", ())]
    return Rates(known, case.get("max_age_days", 7), case.get("pivot", "EUR"))


def _tax_rule(terms: Case) -> TaxRule:
    return TaxRule(
        TaxMode(terms.get("mode", "none")),
        Decimal(terms.get("rate") or 0),
        TaxRounding(terms.get("tax_rounding", "document")),
        Decimal(terms.get("recoverable_percent", 100)),
    )


def _document(document: Case) -> Document:
    currency = document["currency"]

    def minor(text: str) -> int:
        return Money.of(text, currency).minor

    lines = tuple((item["kind"], minor(item["amount"])) for item in document["lines"])
    net = document.get("net")
    return Document(
        currency,
        lines,
        net=sum(amount for _, amount in lines) if net is None else minor(net),
        tax=minor(document.get("tax") or "0"),
        total=minor(document["total"]),
    )


KINDS: dict[str, Callable[[Case], Case]] = {
    "periods": _periods,
    "local_date": _local_date,
    "prorate": _prorate,
    "plan_change": _plan_change,
    "allocate": _allocate,
    "round_time": _round_time,
    "clock_snap": _clock_snap,
    "split_days": _split_days,
    "time_by_period": _time_by_period,
    "rate_time": _rate_time,
    "charge_model": _charge_model,
    "allowance": _allowance,
    "packs": _packs,
    "grant_order": _grant_order,
    "task_cap": _task_cap,
    "open_limit": _open_limit,
    "coupon": _coupon,
    "commitment": _commitment,
    "spend_cap": _spend_cap,
    "trial": _trial,
    "fixed_price": _fixed_price,
    "tokens": _tokens,
    "expense": _expense,
    "quota": _quota,
    "seat": _seat,
    "tax": _tax,
    "convert": _convert,
    "reverse_charge": _reverse_charge,
    "refund": _refund,
    "refund_unused": _refund_unused,
    "budget": _budget,
    "forecast": _forecast,
    "reconcile": _reconcile,
    "rounding_hypotheses": _rounding_hypotheses,
    "statement": _statement,
}
