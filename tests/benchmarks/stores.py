"""Stores of a given size, made quickly: real rows of the real schema, multiplied in SQL."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from spirou_cli.storage.store import Store

DAY_MS = 86_400_000


INCLUDED = ("--fee", "70EUR/month", "--included", "20h", "--overage", "25EUR/hour")
TERMS = {
    "included time": INCLUDED,
    "entries rounded": (*INCLUDED, "--round-up", "15m", "--per", "entry"),
}


def spirou(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run the real program on the store in ``folder``."""
    return subprocess.run(
        [sys.executable, "-m", "spirou_cli", *arguments],
        env=environment(folder),
        capture_output=True,
        check=True,
    )


def environment(folder: Path) -> dict[str, str]:
    """What the program sees: its store, and nothing of the person's."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "VIRTUAL_ENV") if name in os.environ}
    return kept | {
        "HOME": str(folder),
        "SPIROU_DB": str(folder / "spirou.db"),
        "SPIROU_FOLDER": str(folder / "shared"),
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
    }


def make(
    folder: Path,
    *,
    opened: int = 20,
    closed: int = 0,
    usage: int = 0,
    months: int = 36,
    terms: Sequence[str] = (),
) -> Path:
    """A store with so many open and closed tasks, and usage lines spread over ``months``.

    With ``terms`` its provider has a plan, and a budget of which a threshold is reached.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "spirou.db"
    for number in range(opened):
        spirou(["add", f"Open task number {number} with a title of usual length"], folder)
    with Store.open(path) as store, store.write() as connection:
        _multiply_tasks(connection, opened, closed)
        _add_usage(connection, usage, months, opened, closed)
    if terms:
        hold(folder, terms)
        spirou(["budget", "set", "80EUR/month"], folder)
    return folder


def hold(folder: Path, terms: Sequence[str]) -> None:
    """Hold a plan on these terms for as long as there has been work."""
    since = (datetime.now(UTC).date() - timedelta(days=3 * 366)).replace(day=1)
    spirou(["plan", "adopt", "folder", *terms, "--on", since.isoformat()], folder)


def _multiply_tasks(connection, opened: int, closed: int) -> None:  # type: ignore[no-untyped-def]
    columns = [row[1] for row in connection.execute("PRAGMA table_info(task)")]
    values = {
        "id": "printf('closed-%09d', n)",
        "number": f"{opened} + n",
        "client_key": "NULL",
        "state": "CASE n % 10 WHEN 0 THEN 'canceled' ELSE 'completed' END",
        "title": "'A task of the past, number ' || n",
        "ref": "'R-' || n",
        "created_at": f"created_at - (n % 1000) * {DAY_MS}",
        "since": f"since - (n % 1000) * {DAY_MS}",
    }
    chosen = ", ".join(values.get(column, column) for column in columns)
    connection.execute(
        f"""
        INSERT INTO task ({", ".join(columns)})
        WITH RECURSIVE counter (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < ?)
        SELECT {chosen} FROM counter, (SELECT * FROM task WHERE number = 1) WHERE ? > 0
        """,
        (max(closed, 1), closed),
    )


def _add_usage(connection, lines: int, months: int, opened: int, closed: int) -> None:  # type: ignore[no-untyped-def]
    """Lines of the closed tasks, in turn."""
    if not lines:
        return
    connection.execute(
        """
        INSERT INTO usage (account_id, line, task_id, task_number, used_at, unit, quantity, basis, source,
            note, event)
        WITH RECURSIVE counter (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < :lines)
        SELECT account_id, 'line-' || n, printf('closed-%09d', 1 + n % :closed),
            :opened + 1 + n % :closed, created_at - (n % :days) * 86400000, 'second', 60 + n % 840,
            'reported', 'provider', '', 0
        FROM counter, (SELECT account_id, id, created_at FROM task WHERE number = 1)
        """,
        {"lines": lines, "days": months * 30, "opened": opened, "closed": closed},
    )
