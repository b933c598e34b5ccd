"""Where a person's own words end and the quoted mail and the signature begin, in English and French."""

from __future__ import annotations

import re

__all__ = ["own_words"]

# "On Mon, 23 Nov 2026 at 10:12, Anna <anna@…> wrote:" and "Le lun. 23 nov. 2026 à 10:12, Anna a écrit :"
# may be folded over up to four lines by the program that wrote them.
_ATTRIBUTION = re.compile(
    r"^[ \t>]*(?:on\b[^\n]{3,200}(?:\n[^\n]{1,200}){0,3}?\bwrote\s?:"
    r"|le\b[^\n]{3,200}(?:\n[^\n]{1,200}){0,3}?\ba\s+écrit\s?:)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_CUTS = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"^[ \t]*-{2,}\s*(?:original message|forwarded message|message d['’]origine|message original"
        r"|message transféré)\s*-{2,}[ \t]*$",
        r"^[ \t]*(?:\*?from\s?:\*? [^\n]+\n+[ \t]*\*?(?:sent|date|to)\s?:)",
        r"^[ \t]*(?:\*?de\s?:\*? [^\n]+\n+[ \t]*\*?(?:envoyé|date|à)\s?:)",
        r"^[ \t]*_{20,}[ \t]*\n(?=\s*(?:from|de)\s?:)",
        r"^[ \t]*(?:begin forwarded message|début du message transféré|début du message réexpédié)\s?:",
    )
)
_END = re.compile(r"\Z")
_SIGNATURE = re.compile(
    r"^(?:-- ?|(?:sent from my|envoyé de(?:puis)? mon|get outlook for|obtenez outlook pour"
    r"|téléchargez outlook pour|sent with|envoyé avec)\b[^\n]{0,80})[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED = re.compile(r"^[ \t]*>")


def own_words(text: str) -> str:
    """What the sender wrote: without quoted mail, attribution lines and the signature.

    Answers written between or below quoted lines are kept. When nothing is left (somebody wrote
    inside the quotation) the whole text is returned: words are never lost to a guess.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    whole = text.strip()
    text = text[: min(found.start() for cut in (*_CUTS, _END) if (found := cut.search(text)))]
    text = _without_quotes(text)
    if found := _SIGNATURE.search(text):
        text = text[: found.start()]
    return re.sub(r"\n{3,}", "\n\n", text).strip() or whole


def _without_quotes(text: str) -> str:
    found = _ATTRIBUTION.search(text)
    while found:
        below = text[found.end() :]
        if any(_QUOTED.match(line) for line in below.split("\n")):
            text = text[: found.start()] + below
        else:  # quoted without marks, as some phones do: all that follows is the old mail
            text = text[: found.start()]
        found = _ATTRIBUTION.search(text)
    return "\n".join(line for line in text.split("\n") if not _QUOTED.match(line))
