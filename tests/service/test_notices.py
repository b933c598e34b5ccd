"""What a bill says besides its lines: the slow lane from real instants, what ends soon, what to look at."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from spirou_cli.domain import events as e
from spirou_cli.domain.billing.deadlines import DeadlineKind
from spirou_cli.domain.plan import Span
from spirou_cli.service import bills, onebill
from spirou_cli.service.bills import Asked
from spirou_cli.service.notices import NO_PLAN, REFUSED, SLOW_LANE, Watch
from spirou_cli.storage import lives
from tests.billing.accounts import MARCH, PARIS
from tests.service.rich import FEBRUARY, OPEN_LIMIT, rich
from tests.service.world import World

HOURS = 3600


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Only read."""
    return rich(tmp_path_factory.mktemp("rich"))


def watched(world: World, span: Span) -> dict[tuple[str, str], Watch]:
    found = bills.report(world.context, Asked(span))
    return {(each.provider, each.code): each for one in found.notices for each in one.watch}


def test_the_slow_lane_is_as_long_as_the_places_were_taken(person: World) -> None:
    """Three tasks were there from the 10th at 9 until three came back on the 12th at 15."""
    seen = watched(person, MARCH)["timesvr", SLOW_LANE]

    assert (seen.seconds, seen.limit) == (54 * HOURS, OPEN_LIMIT)


@pytest.mark.parametrize(
    ("first", "end", "seconds"),
    [
        (date(2026, 3, 11), date(2026, 3, 12), 24 * HOURS),
        (date(2026, 3, 12), date(2026, 4, 1), 15 * HOURS),
        (date(2026, 3, 6), date(2026, 3, 11), 15 * HOURS),
        (date(2026, 3, 13), date(2026, 4, 1), 0),
        (date(2026, 2, 1), date(2026, 3, 10), 0),
    ],
)
def test_days_have_their_own_part_of_the_slow_lane(
    first: date, end: date, seconds: int, person: World
) -> None:
    """Parts of days add up to the whole; what lies outside isn't told."""
    seen = watched(person, Span(first, end)).get(("timesvr", SLOW_LANE))

    assert (seen.seconds if seen else 0) == seconds


def test_what_is_closed_is_not_read_again(person: World) -> None:
    """Tasks that ended before the days asked for aren't candidates, however many there are."""
    account = person.account("timesvr").id

    def candidates(day: int) -> int:
        since = datetime(2026, 3, day, tzinfo=PARIS)
        instants = (round(at.timestamp() * 1000) for at in (since, since + timedelta(days=20)))
        with person.context.read() as connection:
            return len(lives.stays(connection, account, *instants))

    assert (candidates(1), candidates(13)) == (OPEN_LIMIT, 0)


def test_a_task_sent_back_takes_its_place_again(tmp_path: Path) -> None:
    """Instants come from the facts: reopened is open, and accepted is not."""
    world = rich(tmp_path)
    task = world.task(2)
    with world.context.write() as log:
        log.append(task.id, e.Reopened(op_id="op-again"))
    again = round(world.time.timestamp() * 1000)
    with world.context.read() as connection:
        moves = list(lives.moves(connection, world.account("timesvr").id, task.id))

    assert [there for _, there in moves] == [True, False, True]
    assert moves[-1][0] == again


def test_what_nothing_pays_for_is_named_by_its_task(person: World) -> None:
    """Over the cap, and more than the pack had: the task's number, its time and the cap."""
    seen = watched(person, MARCH)

    assert seen["timesvr", REFUSED] == Watch(REFUSED, "timesvr", tasks=(5,), seconds=200 * 60, limit=15 * 60)
    assert seen["agent", "no_price"].about == "images"
    assert seen["smartelia", "closed_month_differs"].about == "2026-02"
    assert seen["cousin", NO_PLAN].seconds == 5400
    assert ("timesvr", REFUSED) not in watched(person, Span(date(2026, 2, 1), date(2026, 3, 1)))


def test_what_ends_soon_says_how_much_is_left(person: World) -> None:
    """A pack with what was used of it, a coupon with the charges it still works on."""
    found = onebill.one(person.context, Asked(MARCH, provider="timesvr"))
    assert found is not None
    soon = {each.kind: each for one in found.report.notices for each in one.soon}

    pack, coupon = soon[DeadlineKind.PACK_EXPIRY], soon[DeadlineKind.COUPON_END]
    assert (pack.seconds, pack.of_s, pack.on) == (4800, 7200, date(2026, 4, 12))
    assert (coupon.charges, str(coupon.money), coupon.on) == (1, "10.50 USD", date(2026, 5, 5))


def test_figures_alone_look_for_nothing(person: World) -> None:
    """Records and journals have no notices, and pay for none."""
    assert bills.report(person.context, Asked(MARCH, figures_only=True)).notices == ()


def test_an_invoice_that_differs_settles_nothing(person: World) -> None:
    """Too much was asked for March: what is still an estimate stays one. February agreed and is paid."""
    march, february = (
        next(row for row in bills.report(person.context, Asked(span)).rows if row.provider == "smartelia")
        for span in (MARCH, FEBRUARY)
    )

    assert (march.invoice, march.basis) == ("2026-03-7", "estimated")
    assert february.paid_on == date(2026, 3, 2)
