"""How rows are laid out in columns: only the title gives way, and what helps least goes first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from spirou_cli.domain.record import record
from spirou_cli.domain.text import cut, safe_line, width

__all__ = ["Cell", "Column", "Span", "Style", "Table", "laid_out", "plain", "split"]

WIDE = 100
"""Columns of a terminal from which everything is shown, and the most that running text takes."""

_GAP = 2
_LEAST_TITLE = 8


class Style(StrEnum):
    """What a part of a line is; the value is its look on a terminal with colours."""

    PLAIN = ""
    HEADING = "bold"
    FAINT = "dim"
    COMMAND = "cyan"
    GOOD = "green"
    WARNING = "yellow"
    BAD = "red"


@record
class Span:
    """A part of a line with a style; the style never says what the words don't."""

    text: str
    style: Style = Style.PLAIN


Cell = str | Span


@record
class Column:
    """One column. ``title`` is the one that gives way; ``wide`` ones need a wide screen."""

    heading: str
    right: bool = False
    title: bool = False
    wide: bool = False


@record
class Table:
    """Rows under headings, in words of a language and not yet cut."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    indent: int = 0
    headings: bool = True


def plain(cell: Cell) -> str:
    """The text of a cell."""
    return cell if isinstance(cell, str) else cell.text


def laid_out(table: Table, columns: int | None) -> Iterator[list[Span]]:
    """The lines of ``table`` for a screen of ``columns``; None = nothing is cut or dropped."""
    kept = [
        at for at, column in enumerate(table.columns) if columns is None or columns >= WIDE or not column.wide
    ]
    shown = [table.columns[at] for at in kept]
    rows = [[_safe(row[at]) for at in kept] for row in table.rows]
    if table.headings:
        rows.insert(0, [Span(column.heading, Style.HEADING) for column in shown])
    widths = _widths(shown, rows, None if columns is None else columns - table.indent)
    for row in rows:
        yield [Span(" " * table.indent), *_line(shown, widths, row)]


def split(left: Cell, right: Cell, columns: int, indent: int, *, may_cut: bool) -> list[Span]:
    """One line with ``left`` at the margin, giving way, and ``right`` against the other edge."""
    left, right = _safe(left), _safe(right)
    room = columns - indent - width(right.text) - _GAP
    if may_cut:
        left = Span(cut(left.text, max(room, _LEAST_TITLE)), left.style)
    gap = max(room - width(left.text), 0) + _GAP
    return [Span(" " * indent), left, Span(" " * gap), right]


def _safe(cell: Cell) -> Span:
    return Span(safe_line(cell)) if isinstance(cell, str) else Span(safe_line(cell.text), cell.style)


def _widths(shown: Sequence[Column], rows: Sequence[Sequence[Span]], columns: int | None) -> list[int]:
    widths = [max((width(row[at].text) for row in rows), default=0) for at in range(len(shown))]
    over = 0 if columns is None else sum(widths) + _GAP * (len(widths) - 1) - columns
    for at, column in enumerate(shown):
        if column.title and over > 0:
            widths[at] = max(widths[at] - over, min(_LEAST_TITLE, widths[at]))
    return widths


def _line(shown: Sequence[Column], widths: Sequence[int], row: Sequence[Span]) -> Iterator[Span]:
    for at, (column, room, cell) in enumerate(zip(shown, widths, row, strict=True)):
        text = cut(cell.text, room)
        pad = " " * (room - width(text))
        last = at == len(shown) - 1
        if column.right:
            yield Span(pad)
        yield Span(text, cell.style)
        if not last:
            yield Span(" " * _GAP if column.right else pad + " " * _GAP)
