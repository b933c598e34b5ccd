"""The statement for an accountant: the same figures on a web page and on paper, in both languages."""

from __future__ import annotations

import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from spirou_cli.cli.render import statement as render
from spirou_cli.cli.render.chart import Bar, stacked
from spirou_cli.cli.render.messages import Words
from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.account import OtherCharge
from spirou_cli.domain.billing.lines import LineKind
from spirou_cli.domain.money import Money
from spirou_cli.service import statement as service
from spirou_cli.service.bills import Asked
from spirou_cli.service.statement import Content
from tests.billing.accounts import MARCH, MARCH_END
from tests.service.money import founding, told
from tests.service.rich import rich

NOTE = "<script>alert(1)</script> & Œuvre Ж 東"


@pytest.fixture(scope="module")
def march(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """The founding month, and a charge whose note is no note but a program."""
    world = founding(tmp_path_factory.mktemp("march"))
    charge = OtherCharge("c1", MARCH_END, LineKind.CREDIT, Money(-100, "EUR"), note=NOTE)
    told(world, "smartelia", m.ChargeEntered(charge))
    return service.content(world.context, Asked(MARCH))


class Text(HTMLParser):
    """The text of a page, and the names of its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.words += data.split()


def amounts(found: Content, language: str) -> list[str]:
    """Every amount that must be on the page."""
    words = render.in_words(Words(language), found)
    lines = [line["amount"] for each in words["providers"] for line in each["lines"]]
    return [*lines, *words["totals"], words["converted"]]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_web_page_has_every_line_and_runs_nothing(march: Content, language: str) -> None:
    """Somebody's note stays a note; nothing is fetched."""
    page = render.as_html(Words(language), march)
    text = Text(page)

    assert "script" not in text.tags
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    shown = " ".join(text.words)
    assert NOTE in shown
    for amount in amounts(march, language):
        assert " ".join(amount.split()) in shown


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_paper_has_what_the_web_page_has(march: Content, language: str, tmp_path: Path) -> None:
    """Every amount of every line, and the words of the language."""
    pdf = tmp_path / "march.pdf"
    pdf.write_bytes(render.as_pdf(Words(language), march))
    done = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True)
    shown = " ".join(done.stdout.decode().split())

    assert ("Relevé du travail délégué" if language == "fr" else "Statement of delegated work") in shown
    assert "<script>alert(1)</script>" in shown
    for amount in amounts(march, language):
        assert " ".join(amount.split()) in shown


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """A month with all that a bill can have."""
    return service.content(rich(tmp_path_factory.mktemp("rich")).context, Asked(MARCH))


def cells(found: Content, language: str) -> list[str]:
    """Every cell of the tables behind the lines, the names of lines, and the open questions."""
    words = render.in_words(Words(language), found)
    sections = [section for each in words["providers"] for section in each["sections"]]
    named = [line["line"] for each in words["providers"] for line in each["lines"]]
    shown = [cell for section in sections for row in section["rows"] for cell in row]
    return [*named, *shown, *(section["title"] for section in sections), *words["questions"]]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_web_page_has_what_stands_behind_the_lines(everything: Content, language: str) -> None:
    """Time by task, allowances, packs, coupons, tax, invoices, questions, and what it was made of."""
    shown = " ".join(Text(render.as_html(Words(language), everything)).words)

    for text in cells(everything, language):
        assert " ".join(text.split()) in shown
    assert everything.made_of in shown
    assert "Europe/Paris" in shown


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_paper_has_it_too(everything: Content, language: str, tmp_path: Path) -> None:
    """A sum that has no rate stands after a plus; a text that is broken over lines is still there."""
    pdf = tmp_path / "march.pdf"
    pdf.write_bytes(render.as_pdf(Words(language), everything))
    done = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True)
    shown = " ".join(done.stdout.decode().split())

    for text in cells(everything, language):
        for word in text.split():
            assert word.rstrip("-") in shown
    assert "+ 30" in shown
    assert everything.made_of in shown


def test_what_stands_behind_a_bill_adds_up(everything: Content) -> None:
    """Time by task is the time of the bill; what was granted went somewhere; nothing empty is shown."""
    for each in everything.report.bill.providers:
        behind = everything.details[each.provider]
        assert sum(time.raw_s for time in behind.tasks) == each.time.raw_s
        assert sum(time.billed_s for time in behind.tasks) == each.time.billed_s
        for grant in behind.grants:
            assert grant.carried_in + grant.granted == grant.drawn + grant.lapsed + grant.carried_out
        for use in behind.packs:
            assert use.pack.seconds == use.balance.drawn_s + use.balance.expired_s + use.balance.left_s
    words = render.in_words(Words("en"), everything)
    assert all(section["rows"] for each in words["providers"] for section in each["sections"])


def test_the_same_facts_have_the_same_hash(everything: Content, tmp_path: Path) -> None:
    """Whatever a task is called inside; another fact makes another hash."""
    world = founding(tmp_path / "a")
    first = service.content(world.context, Asked(MARCH)).made_of
    world.later(hours=1)
    assert service.content(world.context, Asked(MARCH)).made_of == first

    charge = OtherCharge("c1", MARCH_END, LineKind.CREDIT, Money(-100, "EUR"))
    told(world, "smartelia", m.ChargeEntered(charge))

    assert service.content(world.context, Asked(MARCH)).made_of != first


def test_the_same_month_gives_the_same_bytes(march: Content) -> None:
    """A statement can be made again and compared."""
    assert render.as_html(Words("en"), march) == render.as_html(Words("en"), march)
    assert render.as_pdf(Words("en"), march) == render.as_pdf(Words("en"), march)


def test_bars_are_as_high_as_their_sums() -> None:
    """Parts stand on one another; a name is text, whatever is in it."""
    drawn = stacked(
        [Bar("Jan", {"<a>": 100, "b": 300}), Bar("Feb", {})], ["<a>", "b"], [(0, "0"), (400, "4")]
    )
    svg = ElementTree.fromstring(drawn)
    bars = [each for each in svg.iter("{http://www.w3.org/2000/svg}rect") if each.get("height") != "10"]
    (first, second) = (float(bar.get("height") or 0) for bar in bars)

    assert second == pytest.approx(3 * first)
    assert first + second == pytest.approx(230 - 10 - 44)
    assert float(bars[1].get("y") or 0) + second == pytest.approx(float(bars[0].get("y") or 0))
    assert "<a>" in [each.text for each in svg.iter("{http://www.w3.org/2000/svg}text")]
