"""The bill as plain-text accounting: hledger and beancount read it, and find the same balances."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

from spirou_cli.cli.render import journals
from spirou_cli.domain import moneyfacts as m
from spirou_cli.domain.billing.account import OtherCharge
from spirou_cli.domain.billing.lines import LineKind
from spirou_cli.domain.money import Money
from spirou_cli.service import bills
from spirou_cli.service.bills import Asked, Report
from tests.billing.accounts import MARCH, MARCH_END
from tests.service.money import founding, told

AWKWARD = "zoë_v.2-x"


@pytest.fixture(scope="module")
def march(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The founding month, and a charge of a provider whose name has every kind of mark."""
    world = founding(tmp_path_factory.mktemp("march"))
    world.provider(AWKWARD)
    charge = OtherCharge("c1", MARCH_END, LineKind.EXPENSE, Money(123456, "JPY"))
    told(world, AWKWARD, m.ChargeEntered(charge))
    return bills.report(world.context, Asked(MARCH))


def lines(found: Report) -> int:
    return sum(len(each.statement.rows) for each in found.bill.providers)


@pytest.mark.skipif(shutil.which("hledger") is None, reason="hledger is not installed")
def test_hledger_finds_the_totals_of_the_bill(march: Report, tmp_path: Path) -> None:
    """Every entry balances, and expenses add up to the totals, currency by currency."""
    journal = tmp_path / "march.journal"
    journal.write_text("\n".join(journals.hledger(march)) + "\n", "utf-8")

    def asked(*arguments: str) -> str:
        done = subprocess.run(
            ["hledger", "-f", str(journal), *arguments],
            capture_output=True,
            text=True,
            check=True,
            env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin:/usr/local/bin"},
        )
        return done.stdout

    asked("check", "ordereddates")
    total = asked("balance", "expenses", "--depth", "1", "--no-total", "--layout", "bare", "-O", "csv")
    found = {row.split(",")[1].strip('"'): row.split(",")[2].strip('"') for row in total.splitlines()[1:]}

    assert found == {money.currency: str(money.amount) for money in march.totals}
    assert asked("print").count("line:") == lines(march)
    assert asked("check") == ""


@pytest.mark.skipif(importlib.util.find_spec("beancount") is None, reason="beancount is not installed")
def test_beancount_finds_the_totals_of_the_bill(march: Report) -> None:
    """No error, an entry a line, and the same sums."""
    from beancount import loader
    from beancount.core.data import Transaction

    entries, errors, _ = loader.load_string("\n".join(journals.beancount(march)) + "\n")
    transactions = [entry for entry in entries if isinstance(entry, Transaction)]
    sums: dict[str, str] = {}
    for currency in {money.currency for money in march.totals}:
        spent = sum(
            posting.units.number
            for entry in transactions
            for posting in entry.postings
            if posting.units.currency == currency and posting.account.startswith("Expenses:")
        )
        sums[currency] = str(spent)

    assert errors == []
    assert len(transactions) == lines(march)
    assert sums == {money.currency: str(money.amount) for money in march.totals}
    assert {entry.payee for entry in transactions} >= {"timesvr", AWKWARD}
