"""The one way out: what a command says, on a terminal, in a pipe, with or without colour."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal, TextIO

from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.records import Value, json_text, tab_line, write_csv
from spirou_cli.cli.render.table import WIDE, Cell, Span, Style, Table, laid_out, plain, split
from spirou_cli.domain.errors import Field, SpirouError
from spirou_cli.domain.text import safe_block, safe_line, width, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

__all__ = ["Colour", "OutputLost", "Screen", "lost", "open_descriptors"]

Colour = Literal["auto", "always", "never"]

_UNSEEN_COLUMNS = 80  # how a page is laid out where there is no terminal; nothing is cut there
_LEAST_COLUMNS = 40


class OutputLost(Exception):
    """Nobody can read the answer any more. What was saved stays saved."""

    def __init__(self, exit_code: int, reason: str = "") -> None:
        super().__init__(reason)
        self.exit_code = exit_code
        self.reason = reason


class Screen:
    """Writes lines of safe text: the answer to ``out``, everything else to ``err``.

    ``columns`` is None where there is no terminal: nothing is cut or wrapped there. Styles are an
    ornament: the text is the same without them, and rich is loaded only where they are seen.
    """

    def __init__(
        self,
        out: TextIO | None,
        err: TextIO | None,
        words: Words,
        *,
        columns: int | None = None,
        styled: bool = False,
        accessible: bool = False,
    ) -> None:
        self.words = words
        self.columns = columns
        self.accessible = accessible
        self._out = _tolerant(out)
        self._err = _tolerant(err)
        self._styled = styled
        self._console: Console | None = None

    @classmethod
    def on(
        cls,
        out: TextIO | None,
        err: TextIO | None,
        environ: Mapping[str, str],
        words: Words,
        *,
        colour: Colour = "auto",
        accessible: bool = False,
    ) -> Screen:
        """The screen that these streams and this environment make."""
        terminal = out is not None and out.isatty()
        columns = max(_columns(out, environ), _LEAST_COLUMNS) if out is not None and terminal else None
        seen = terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
        return cls(
            out,
            err,
            words,
            columns=columns,
            styled=colour == "always" or (colour == "auto" and seen),
            accessible=accessible or environ.get("ACCESSIBLE", "0") not in ("", "0"),
        )

    @property
    def is_terminal(self) -> bool:
        """Whether a person is looking."""
        return self.columns is not None

    @property
    def text_columns(self) -> int:
        """How many columns running text takes."""
        return min(self.columns or _UNSEEN_COLUMNS, WIDE)

    # --- the answer ---

    def say(self, message: str, /, **fields: Field) -> None:
        """Write ``message`` in the person's language, wrapped on a terminal."""
        self.text(self.words.say(message, **fields))

    def text(self, text: str, style: Style = Style.PLAIN) -> None:
        """Write running text that is already in the person's language."""
        shown = safe_line(text, len(text))
        for line in wrapped(shown, self.text_columns, ours=True) if self.is_terminal else [shown]:
            self.line(Span(line, style))

    def line(self, *parts: Cell) -> None:
        """Write one line, whatever is in its parts."""
        spans = [Span(safe_line(plain(part), len(plain(part))), _style(part)) for part in parts]
        self._write(spans)

    def clear(self) -> None:
        """Begin again at the top of a terminal; nothing elsewhere, and not for a screen reader."""
        if self.is_terminal and not self.accessible:
            self._put("\x1b[H\x1b[2J\x1b[3J")

    def blank(self) -> None:
        """Write an empty line."""
        self._write([])

    def help(self, text: str) -> None:
        """Write a help page, laid out already; each of its lines is made safe."""
        for line in text.splitlines():
            self.line(line)

    def split(self, left: Cell, right: Cell, *, indent: int = 0) -> None:
        """Write ``left`` and, against the right edge, ``right``; only ``left`` is ever cut."""
        if self.accessible:
            self.line(" " * indent, left, ", " if plain(right) else "", right)
        else:
            self._write(split(left, right, self.text_columns, indent, may_cut=self.is_terminal))

    def block(self, text: str, *, indent: int = 0) -> None:
        """Write somebody's words, each line behind a bar that no line of Spirou has."""
        room = self.text_columns - indent if self.is_terminal else None
        for line in safe_block(text, room):
            self.line(" " * indent, line)

    def table(self, table: Table) -> None:
        """Write rows in columns, or one fact a line for a screen reader."""
        if self.accessible:
            self._facts(table)
            return
        for spans in laid_out(table, self.columns):
            self._write(spans)

    def definitions(self, pairs: Sequence[tuple[str, Cell]]) -> None:
        """Write words and what they mean, wrapped beside each; what has no space stays in one piece."""
        indent = max((width(word) for word, _ in pairs), default=0) + 2
        room = max(self.text_columns - indent, indent) if self.is_terminal and not self.accessible else None
        for word, meaning in pairs:
            first, *more = _pieces(safe_line(plain(meaning), len(plain(meaning))), room)
            self.line(word, " " * (indent - width(word)), Span(first, _style(meaning)))
            for line in more:
                self.line(" " * indent, Span(line, _style(meaning)))

    def _facts(self, table: Table) -> None:
        for at, row in enumerate(table.rows):
            if at:
                self.blank()
            for column, cell in zip(table.columns, row, strict=True):
                self.line(self.words.say("{label}: {value}", label=column.heading, value=plain(cell)))

    def records(self, rows: Iterable[Sequence[Value]]) -> None:
        """Write tab-separated records."""
        for row in rows:
            self._put(tab_line(row) + "\n")

    def csv(self, rows: Iterable[Sequence[Value]], *, raw: bool = False) -> None:
        """Write CSV rows."""
        with self._writing() as out:
            write_csv(out, rows, raw=raw)

    def lines(self, lines: Iterable[str], end: str = "\n") -> None:
        """Write the lines of a text file as they are, control characters aside."""
        for line in lines:
            self._put(safe_line(line, len(line)) + end)

    def json(self, schema: str, document: Mapping[str, object]) -> None:
        """Write one JSON document, as ``schema`` names it."""
        self._put(json_text(schema, document) + "\n")

    def json_line(self, schema: str, document: Mapping[str, object]) -> None:
        """Write one JSON document on one line, and let it out: somebody follows."""
        self._put(json_text(schema, document, one_line=True) + "\n")
        self.flush()

    def flush(self) -> None:
        """Let the answer out now."""
        with self._writing() as out:
            out.flush()

    # --- beside the answer ---

    def note(self, message: str, /, **fields: Field) -> None:
        """Write a progress line, a warning or a hint to standard error."""
        self.aside(self.words.say(message, **fields))

    def aside(self, text: str, *, wrap: bool = True) -> None:
        """Write text that is already in the person's language to standard error; if it can't, so be it."""
        if self._err is None:
            return
        shown = safe_line(text, len(text))
        with suppress(OSError, ValueError):
            lines = wrapped(shown, self.text_columns) if wrap and self._err.isatty() else [shown]
            self._err.write("".join(line + "\n" for line in lines))
            self._err.flush()

    def question(self, text: str) -> None:
        """Write a question to standard error and stay on its line."""
        if self._err is not None:
            with suppress(OSError, ValueError):
                self._err.write(safe_line(text, len(text)) + " ")
                self._err.flush()

    def error(self, error: SpirouError) -> None:
        """Write what happened and what to do, two lines to standard error."""
        message, hint = self.words.error(error)
        self.aside(message)
        if hint:
            self.aside(hint, wrap=False)  # a command stays in one piece, to be copied

    def json_error(self, error: SpirouError) -> None:
        """Write an error as the JSON document that a program waits for."""
        message, hint = self.words.error(error)
        self.json("spirou.error/1", {"error": {"code": error.code, "message": message, "hint": hint or None}})

    # --- writing ---

    def _write(self, spans: Sequence[Span]) -> None:
        text = "".join(span.text for span in spans).rstrip()
        if not (self._styled and any(span.style and span.text for span in spans)):
            self._put(text + "\n")
            return
        from rich.text import Text

        rich = Text.assemble(*((span.text, span.style.value) for span in spans))
        rich.rstrip()
        with self._writing() as out:
            self._rich(out).print(rich, soft_wrap=True)

    def _rich(self, out: TextIO) -> Console:
        if self._console is None:
            from rich.console import Console

            # The sixteen colours are the person's own; everything that reads meaning into text is off.
            self._console = Console(
                file=out,
                force_terminal=True,
                color_system="standard",
                no_color=False,
                width=self.columns or _UNSEEN_COLUMNS,
                markup=False,
                emoji=False,
                highlight=False,
                legacy_windows=False,
            )
        return self._console

    def _put(self, text: str) -> None:
        with self._writing() as out:
            out.write(text)

    @contextmanager
    def _writing(self) -> Iterator[TextIO]:
        """Standard output; a closed pipe, a full disk or a closed file is ``OutputLost``."""
        if self._out is None:
            raise OutputLost(1, os.strerror(9))
        try:
            yield self._out
        except OSError as error:
            raise lost(self._out, error) from None


def _columns(out: TextIO, environ: Mapping[str, str]) -> int:
    """The terminal's width as shutil tells it, which takes 6 ms to load: COLUMNS, else the terminal's own."""
    told = environ.get("COLUMNS", "")
    if told.isascii() and told.isdigit() and 0 < int(told) < 100_000:
        return int(told)
    with suppress(OSError, ValueError):
        return os.get_terminal_size(out.fileno()).columns or _UNSEEN_COLUMNS
    return _UNSEEN_COLUMNS


def open_descriptors() -> None:
    """Give 0, 1 and 2 to the null device where they are closed, lest a file of ours take their place."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _pieces(text: str, room: int | None) -> list[str]:
    """``text`` in lines; an address is to be copied, so it is left to the terminal to break."""
    return [text] if room is None or " " not in text else wrapped(text, room)


def _style(cell: Cell) -> Style:
    return Style.PLAIN if isinstance(cell, str) else cell.style


def _tolerant(stream: TextIO | None) -> TextIO | None:
    # LC_ALL=C: a letter that the terminal's encoding lacks is written as its number, not as a crash.
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
    return stream


def lost(stream: TextIO, error: OSError) -> OutputLost:
    """What a failed write to ``stream`` is; nothing is written there any more."""
    _abandon(stream)
    return OutputLost(141) if isinstance(error, BrokenPipeError) else OutputLost(1, error.strerror or "")


def _abandon(stream: TextIO) -> None:
    """Point a dead stream at nothing, so that the interpreter's last flush can't fail."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
