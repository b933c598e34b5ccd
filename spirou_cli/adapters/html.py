"""HTML that people wrote, as text: nothing is loaded, and what a person wouldn't see is left out and said."""

from __future__ import annotations

import re
from html.parser import HTMLParser

__all__ = ["html_to_text"]

_BLOCKS = frozenset(
    "address article aside blockquote center div dl dt dd fieldset footer form h1 h2 h3 h4 h5 h6 header hr"
    " li main nav ol p pre section table tr ul".split()
)
_SILENT = frozenset("script style head title template noscript".split())
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])|opacity\s*:\s*0(?![.\d]*[1-9])"
    r"|mso-hide\s*:\s*all|max-height\s*:\s*0(?![.\d]*[1-9])",
    re.IGNORECASE,
)
# The wrappers in which mail programs put what they answer to.
_QUOTES = re.compile(
    r"gmail_quote|yahoo_quoted|moz-cite-prefix|divRplyFwdMsg|protonmail_quote|zmail_extra", re.IGNORECASE
)


def html_to_text(html: str) -> tuple[str, bool]:
    """The visible text of ``html``, quoted parts marked with ``> ``; and whether something was hidden."""
    reader = _Reader()
    reader.feed(_whole_tags(html))
    reader.close()
    return reader.text(), reader.hid


_MAX_DEPTH = 100
"""Tags nested deeper are read as if they were beside each other: nobody lays a mail out like that."""
_LOOSE = re.compile(r"<(?!/?[a-zA-Z][^<>]*>)")
_COMMENT = re.compile(r"<!--(?:(?!-->).)*+(?:-->)?|<[!?][^<>]*>", re.DOTALL)


def _whole_tags(html: str) -> str:
    """``html`` without comments and with every loose ``<`` as a sign.

    HTMLParser looks for the end of each tag and comment that has none, again and again: a million
    of them took hours.
    """
    return _LOOSE.sub("&lt;", _COMMENT.sub("", html))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.hid = False
        self._open: list[tuple[str, bool, bool]] = []  # tag, silenced, quoted: as nested
        self._lines: list[str] = []
        self._line: list[str] = []
        self._links: list[tuple[str, int]] = []

    @property
    def _silenced(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    @property
    def _quoted(self) -> bool:
        return bool(self._open) and self._open[-1][2]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "br" or tag in _BLOCKS:
            self._end_line()
        if tag == "a" and not self._silenced:
            self._links = [*self._links[-9:], (values.get("href", ""), len(self._line))]
        if tag in _VOID:
            return
        hidden = "hidden" in values or bool(_HIDDEN.search(values.get("style", "")))
        marks = values.get("class", "") + " " + values.get("id", "")
        quoted = self._quoted or tag == "blockquote" or bool(_QUOTES.search(marks))
        silenced = self._silenced or tag in _SILENT or hidden
        if len(self._open) < _MAX_DEPTH:
            self._open.append((tag, silenced, quoted))
        if tag == "li" and not silenced:
            self._line.append("- ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_line()
        if tag == "a" and self._links:
            self._say_target(*self._links.pop())
        nested = [name for name, *_ in self._open]
        if tag in nested:
            # Mail is full of tags that are never closed: closing one closes what it contains.
            del self._open[len(nested) - 1 - nested[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if self._silenced:
            in_silent_tag = any(name in _SILENT for name, *_ in self._open)
            self.hid = self.hid or (bool(data.strip()) and not in_silent_tag)
            return
        self._line.append(re.sub(r"[ \t\r\n\xa0]+", " ", data))

    def _say_target(self, target: str, start: int) -> None:
        """Words that link elsewhere show where: a link is never what it says."""
        words = "".join(self._line[start:]).strip()
        if target.startswith(("http://", "https://")) and words and target.rstrip("/") != words.rstrip("/"):
            self._line.append(f" <{target}>")

    def _end_line(self) -> None:
        line = "".join(self._line).strip()
        self._line.clear()
        self._links = [(target, 0) for target, _ in self._links]
        self._lines.append(("> " if self._quoted else "") + line if line else "")

    def text(self) -> str:
        self._end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip()
