"""What people type for a day, a length of time or a sum."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spirou_cli.domain.errors import InvalidInput
from spirou_cli.domain.money import CURRENCIES, Money
from spirou_cli.domain.phrases import Per, Price, money, month, price, seconds, when

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 11, 41, tzinfo=PARIS)  # a Monday


def days(text: str, language: str = "en", *, past: bool = False) -> date:
    found = when(text, now=NOW, language=language, past=past)
    assert found.is_day
    assert found.at.time().isoformat() == "23:59:59"
    return found.at.date()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-27", "2026-11-27"),
        ("today", "2026-11-23"),
        ("Tomorrow", "2026-11-24"),
        ("day after tomorrow", "2026-11-25"),
        ("yesterday", "2026-11-22"),
        ("aujourd’hui", "2026-11-23"),
        ("demain", "2026-11-24"),
        ("après-demain", "2026-11-25"),
        ("apres demain", "2026-11-25"),
        ("hier", "2026-11-22"),
        ("fri", "2026-11-27"),
        ("Friday", "2026-11-27"),
        ("on friday", "2026-11-27"),
        ("thu", "2026-11-26"),
        ("sun", "2026-11-29"),
        ("vendredi", "2026-11-27"),
        ("ven.", "2026-11-27"),
        ("pour vendredi", "2026-11-27"),
        ("this friday", "2026-11-27"),
        ("ce vendredi", "2026-11-27"),
        ("next monday", "2026-11-30"),
        ("lundi prochain", "2026-11-30"),
        ("friday next week", "2026-12-04"),
        ("next week, friday", "2026-12-04"),
        ("vendredi de la semaine prochaine", "2026-12-04"),
        ("+3d", "2026-11-26"),
        ("+ 3 days", "2026-11-26"),
        ("+3j", "2026-11-26"),
        ("+2w", "2026-12-07"),
        ("+1mo", "2026-12-23"),
        ("in 3 days", "2026-11-26"),
        ("in a week", "2026-11-30"),
        ("dans 3 jours", "2026-11-26"),
        ("dans une semaine", "2026-11-30"),
        ("dans 2 mois", "2027-01-23"),
        ("in 1 year", "2027-11-23"),
        ("end of month", "2026-11-30"),
        ("fin du mois", "2026-11-30"),
        ("27/11", "2026-11-27"),
        ("27.11.2026", "2026-11-27"),
        ("11/27", "2026-11-27"),
        ("12/12", "2026-12-12"),
        ("23/11", "2026-11-23"),
        ("22/11", "2027-11-22"),
        ("27 nov", "2026-11-27"),
        ("27 November 2026", "2026-11-27"),
        ("Nov 27", "2026-11-27"),
        ("November 27th, 2026", "2026-11-27"),
        ("1st of december", "2026-12-01"),
        ("mar 3", "2027-03-03"),
        ("le 27 novembre", "2026-11-27"),
        ("1er décembre", "2026-12-01"),
        ("15 août", "2027-08-15"),
        ("fri 27 nov", "2026-11-27"),
        ("vendredi 27/11", "2026-11-27"),
        ("ven. 27 nov. 2026", "2026-11-27"),
    ],
)
def test_a_day_is_understood(text: str, day: str) -> None:
    """A day alone is the end of that day, in English or French, whatever the language of the screen."""
    assert days(text).isoformat() == day


@pytest.mark.parametrize(
    ("text", "day"),
    [("01/12", "2026-12-01"), ("12/01/2027", "2027-01-12"), ("mar", "2026-11-24"), ("mar.", "2026-11-24")],
)
def test_french_settles_what_english_leaves_open(text: str, day: str) -> None:
    """The day comes first in French; in English such a date is refused."""
    assert days(text, "fr").isoformat() == day
    with pytest.raises(InvalidInput):
        when(text, now=NOW, language="en")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-27T17:00", "2026-11-27T17:00:00+01:00"),
        ("2026-11-27 17:00:30", "2026-11-27T17:00:30+01:00"),
        ("2026-11-27T17:00Z", "2026-11-27T18:00:00+01:00"),
        ("2026-11-27T17:00-05:00", "2026-11-27T23:00:00+01:00"),
        ("2026-11-27T17:00 America/New_York", "2026-11-27T23:00:00+01:00"),
        ("1970-01-01T00:00:00Z", "1970-01-01T01:00:00+01:00"),
        ("tomorrow 17:00", "2026-11-24T17:00:00+01:00"),
        ("tomorrow at 5pm", "2026-11-24T17:00:00+01:00"),
        ("5:30 pm tomorrow", "2026-11-24T17:30:00+01:00"),
        ("demain 17h", "2026-11-24T17:00:00+01:00"),
        ("demain à 17h30", "2026-11-24T17:30:00+01:00"),
        ("demain à 17 h 30", "2026-11-24T17:30:00+01:00"),
        ("vendredi midi", "2026-11-27T12:00:00+01:00"),
        ("fri noon", "2026-11-27T12:00:00+01:00"),
        ("fri 12pm", "2026-11-27T12:00:00+01:00"),
        ("27/11 9h", "2026-11-27T09:00:00+01:00"),
        ("2026-11-27 17h", "2026-11-27T17:00:00+01:00"),
        ("+3d 17:00", "2026-11-26T17:00:00+01:00"),
        ("17:00", "2026-11-23T17:00:00+01:00"),
        ("à 17h", "2026-11-23T17:00:00+01:00"),
        ("+2h", "2026-11-23T13:41:00+01:00"),
        ("in 2 hours", "2026-11-23T13:41:00+01:00"),
        ("dans 90 minutes", "2026-11-23T13:11:00+01:00"),
    ],
)
def test_a_moment_is_understood(text: str, moment: str) -> None:
    """A time of the clock, an offset or a zone makes a moment, shown in the person's zone."""
    found = when(text, now=NOW)

    assert (found.at.isoformat(), found.is_day) == (moment, False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("12/01/2027", "“12/01/2027” reads two ways: 2027-01-12 or 2027-12-01."),
        ("mon", "“mon” reads two ways: 2026-11-23 or 2026-11-30."),
        ("next friday", "“next friday” reads two ways: 2026-11-27 or 2026-12-04."),
        ("vendredi prochain", "“vendredi prochain” reads two ways: 2026-11-27 or 2026-12-04."),
        ("+3m", "“+3m” reads two ways: months or minutes."),
        ("2026-02-30", "There is no 2026-02-30 in the calendar."),
        ("31/02", "“31/02” is in no calendar near: say the year."),
        ("fri 26 nov", "“fri 26 nov” doesn't agree with itself: 2026-11-26 is another day of the week."),
        ("09:00", "“09:00” is already past today."),
        ("2026-12-31T23:59:60Z", "“2026-12-31T23:59:60Z” has a time or a zone that doesn't exist."),
        ("9999-12-31T23:59:60Z", "The year 9999 is out of reach."),
        ("2026-01-01T00:00:00+25:00", "“2026-01-01T00:00:00+25:00” has a time or a zone that doesn't exist."),
        (
            "2026-11-27T17:00 Europe/Nowhere",
            "“2026-11-27T17:00 Europe/Nowhere” has a time or a zone that doesn't exist.",
        ),
        ("9999-12-31", "The year 9999 is out of reach."),
        ("0001-01-01", "The year 1 is out of reach."),
        ("+99999999999999d", "“+99999999999999d” is out of reach."),
        ("+999999mo", "“+999999mo” is out of reach."),
    ],
)
def test_a_date_that_reads_two_ways_or_does_not_exist_is_refused(text: str, message: str) -> None:
    """The refusal says what is wrong and what the choices are."""
    with pytest.raises(InvalidInput) as refusal:
        when(text, now=NOW)

    assert str(refusal.value) == message


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-5",
        "5",
        "253402300800",
        "now minus 1h clock",
        "next week",
        "tomorow",
        "fri 27",
        "midnight",
        "tomorrow 12am",
        "tomorrow 25:00",
        "tomorrow 5",
        "27/11/26",
        "1/2/3/4",
        "２０２６-11-27",
        "2026-11-27 17:00 garbage",
        "\x00",
        "fri\x1b[2J",
        "x" * 10_000,
        "1" * 10_000,
    ],
)
def test_what_is_not_a_known_date_is_refused(text: str) -> None:
    """The grammar is closed: nothing is guessed."""
    with pytest.raises(InvalidInput, match="is not a date that Spirou understands"):
        when(text, now=NOW)


def test_reports_look_back() -> None:
    """For a report a weekday or a day without a year is the last one."""
    assert days("fri", past=True) == date(2026, 11, 20)
    assert days("27/11", past=True) == date(2025, 11, 27)


def test_an_hour_that_clocks_skip_is_refused_with_both_neighbours() -> None:
    """A time that doesn't exist is not moved in silence."""
    with pytest.raises(InvalidInput) as refusal:
        when("2026-03-29T02:30:00 Europe/Berlin", now=NOW)

    assert refusal.value.fields == {
        "text": "2026-03-29T02:30:00 Europe/Berlin",
        "before": "2026-03-29T01:30:00+01:00",
        "after": "2026-03-29T03:30:00+02:00",
    }


def test_an_hour_that_comes_twice_names_both_offsets() -> None:
    """A time that two moments share is asked about, with both to copy."""
    with pytest.raises(InvalidInput) as refusal:
        when("2026-10-25T02:30:00 Europe/Berlin", now=NOW)

    assert refusal.value.fields == {
        "text": "2026-10-25T02:30:00 Europe/Berlin",
        "first": "2026-10-25T02:30:00+02:00",
        "second": "2026-10-25T02:30:00+01:00",
    }


@given(
    st.dates(date(1970, 1, 2), date(9998, 12, 30)),
    st.sampled_from(["Europe/Paris", "America/Sao_Paulo", "Asia/Tokyo"]),
)
def test_an_iso_day_is_that_day_in_every_zone(day: date, zone: str) -> None:
    """What Spirou prints as a date can be typed again, and the day ends in that day."""
    now = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo(zone))

    found = when(day.isoformat(), now=now)

    assert found.is_day
    assert found.at.date() == day


@given(st.integers(31_536_000, 253_339_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)))
def test_an_iso_moment_is_that_moment(moment: datetime) -> None:
    """An ISO moment with an offset names one moment, whatever the zone."""
    assert when(moment.isoformat(), now=NOW).at.astimezone(UTC) == moment


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_a_refusal(text: str) -> None:
    """Nothing that can be typed makes anything but an answer or a refusal."""
    with suppress(InvalidInput):
        assert when(text, now=NOW).at.tzinfo is PARIS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11", (2026, 11)),
        ("nov", (2026, 11)),
        ("Décembre", (2025, 12)),
        ("octobre 2024", (2024, 10)),
        ("this month", (2026, 11)),
        ("last month", (2026, 10)),
        ("le mois dernier", (2026, 10)),
    ],
)
def test_a_month_of_a_bill_is_never_in_the_future(text: str, expected: tuple[int, int]) -> None:
    """A bill looks back: a month without a year is the last one of that name."""
    assert month(text, today=NOW.date()) == expected


@pytest.mark.parametrize("text", ["2026-13", "brumaire", "", "11", "2026-1", "november 26"])
def test_what_is_not_a_month_is_refused(text: str) -> None:
    """A month is a name or a year and a number."""
    with pytest.raises(InvalidInput):
        month(text, today=NOW.date())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15m", 900),
        ("15 min", 900),
        ("90", 5400),
        ("1h", 3600),
        ("1h30", 5400),
        ("1 h 30", 5400),
        ("1h05", 3900),
        ("1h30m", 5400),
        ("1 hour 30 minutes", 5400),
        ("2 heures", 7200),
        ("1.5h", 5400),
        ("0.5 h", 1800),
        ("1:30", 5400),
        ("0:25", 1500),
        ("45s", 45),
        ("1m30s", 90),
        ("PT1H30M", 5400),
        ("pt15m", 900),
        ("0", 0),
        ("-0", 0),
    ],
)
def test_a_length_of_time_is_understood(text: str, expected: int) -> None:
    """A bare number is minutes; everything else names its unit."""
    assert seconds(text) == expected


def test_a_comma_is_a_decimal_mark_in_french_only() -> None:
    """1,5h is an hour and a half where people write it so."""
    assert seconds("1,5h", language="fr") == 5400
    with pytest.raises(InvalidInput, match="reads two ways"):
        seconds("1,5h", language="en")


BAD_NUMBERS = [
    "NaN",
    "Infinity",
    "1e999",
    "0.1+0.2",
    "10 USD + 5 EUR",
    "1e3",
    "１２",
    "25:61",
    "0x10",
    "",
    "-",
    "9" * 5000,
]


@pytest.mark.parametrize(
    "text",
    [
        *BAD_NUMBERS,
        "1,50",
        "1.5",
        "1h60",
        "1h75",
        "2d",
        "1.005",
        "12345678901234567890",
        "-5",
        "PT",
        "P1D",
        "h",
        "1.0001h",
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_not_a_length_of_time_is_refused(text: str, language: str) -> None:
    """No fraction of a minute without its unit, no day, no sign, nothing out of reach."""
    with pytest.raises(InvalidInput):
        seconds(text, language=language)


@given(st.integers(0, 100_000 * 60 - 1))
def test_time_as_the_screen_shows_it_can_be_typed(minutes: int) -> None:
    """The h:mm of a screen, the words of a flag and ISO 8601 say the same time."""
    hours, rest = divmod(minutes, 60)

    assert {
        seconds(f"{hours}:{rest:02}"),
        seconds(f"{hours}h{rest:02}"),
        seconds(f"PT{hours}H{rest}M"),
        seconds(f"{minutes}"),
    } == {minutes * 60}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", Money(500, "EUR")),
        ("5EUR", Money(500, "EUR")),
        ("5.00 USD", Money(500, "USD")),
        ("usd 5", Money(500, "USD")),
        ("5€", Money(500, "EUR")),
        ("€ 5.5", Money(550, "EUR")),
        ("5 euros", Money(500, "EUR")),
        ("£12.34", Money(1234, "GBP")),
        ("1 234.50 EUR", Money(123450, "EUR")),
        ("1\u202f234", Money(123400, "EUR")),
        ("JPY 10", Money(10, "JPY")),
        ("1.005 KWD", Money(1005, "KWD")),
        ("-0", Money(0, "EUR")),
        ("92233720368547758.07", Money(2**63 - 1, "EUR")),
    ],
)
def test_a_sum_is_understood_exactly(text: str, expected: Money) -> None:
    """A sum is a number and a currency on either side; without one, the default."""
    assert money(text, default="EUR") == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        *((text, "is not a sum") for text in BAD_NUMBERS),
        ("1,50", "reads two ways"),
        ("1,000", "reads two ways"),
        ("1.005", "more decimals than EUR has: 2"),
        ("1.500", "more decimals than EUR has: 2"),
        ("1.00" + "0" * 40 + "1", "more decimals"),
        ("12345678901234567890", "too large"),
        ("92233720368547758.08", "too large"),
        ("JPY 10.50", "more decimals than JPY has: 0"),
        ("XXX 5", "“XXX” is not a currency"),
        ("5 $", "money of several countries"),
        ("5 dollars", "money of several countries"),
        ("EUR 5 EUR", "is not a sum"),
        ("1 23", "is not a sum"),
        ("-5", "less than nothing"),
    ],
)
def test_what_is_not_a_sum_is_refused(text: str, part: str) -> None:
    """Nothing is rounded, summed or guessed."""
    with pytest.raises(InvalidInput, match=part):
        money(text, default="EUR")


def test_a_sum_without_currency_is_refused_when_none_is_meant() -> None:
    """Where no default is known the currency must be named."""
    with pytest.raises(InvalidInput, match="names no currency"):
        money("5", default=None)


def test_a_comma_parts_decimals_in_french_sums() -> None:
    """1,50 is one and a half in French; a third decimal is still one too many."""
    assert money("1,50 €", default=None, language="fr") == Money(150, "EUR")
    with pytest.raises(InvalidInput, match="more decimals"):
        money("1,500", default="EUR", language="fr")


def test_a_refund_has_a_minus() -> None:
    """Only where a minus makes sense is one taken."""
    assert money("-12.50", default="EUR", signed=True) == Money(-1250, "EUR")


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from(sorted(CURRENCIES)))
def test_a_sum_that_was_printed_can_be_typed(minor: int, currency: str) -> None:
    """Every sum Spirou prints is read back to the same minor unit."""
    assert money(str(Money(minor, currency)), default=None, signed=True) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("60USD/month", Price(Money(6000, "USD"), Per.MONTH)),
        ("700 EUR / mois", Price(Money(70000, "EUR"), Per.MONTH)),
        ("60 USD a month", Price(Money(6000, "USD"), Per.MONTH)),
        ("25.50€ per hour", Price(Money(2550, "EUR"), Per.HOUR)),
        ("45EUR/h", Price(Money(4500, "EUR"), Per.HOUR)),
        ("5EUR/task", Price(Money(500, "EUR"), Per.TASK)),
        ("5EUR/tâche", Price(Money(500, "EUR"), Per.TASK)),
        ("99 par an", Price(Money(9900, "EUR"), Per.YEAR)),
        ("10 GBP an hour", Price(Money(1000, "GBP"), Per.HOUR)),
        ("12 €/semaine", Price(Money(1200, "EUR"), Per.WEEK)),
    ],
)
def test_a_price_says_what_it_is_paid_for(text: str, expected: Price) -> None:
    """A sum and its period, in English or French."""
    assert price(text, default="EUR") == expected


@pytest.mark.parametrize("text", ["60", "60USD", "60/fortnight", "/month", "60USD/", "60m/month/day"])
def test_a_price_without_its_period_is_refused(text: str) -> None:
    """A price that doesn't say how often is asked for again."""
    with pytest.raises(InvalidInput):
        price(text, default="EUR")


@given(st.text(max_size=30))
def test_any_text_is_a_value_or_a_refusal(text: str) -> None:
    """No grammar fails in any other way than by refusing."""
    for read in (seconds, lambda text: money(text, default="EUR"), lambda text: price(text, default="EUR")):
        with suppress(InvalidInput):
            assert read(text) is not None


def test_a_delay_counts_real_hours_over_a_clock_change() -> None:
    """Two hours are two hours, also in the night when clocks go back."""
    before = datetime(2026, 10, 25, 1, 30, tzinfo=PARIS)

    assert when("+2h", now=before).at - before.astimezone(UTC) == timedelta(hours=2)
