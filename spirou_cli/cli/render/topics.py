"""The topics of ``spirou help``: what is true of every command."""

from __future__ import annotations

from spirou_cli.cli.render.screen import Screen
from spirou_cli.domain.errors import mark

__all__ = ["EXIT_CODES", "TOPICS", "write"]

EXIT_CODES: tuple[tuple[str, str], ...] = (
    ("0", mark("done; also “nothing found”")),
    ("1", mark("something was held, failed or quarantined, or a provider is failing")),
    ("2", mark("usage, or bad input: nothing was saved")),
    ("3", mark("a provider could not be reached: what you asked is saved and not sent")),
    ("4", mark("sign in to a provider first")),
    ("5", mark("`wait` ran out of time")),
    ("6", mark("no such task, provider, plan")),
    ("7", mark("refused before sending: budget, price, provider's rule, approval; the task is kept")),
    ("8", mark("with --exit-status: still open, or needs you")),
    ("9", mark("with --exit-status: failed, rejected or canceled")),
    ("74", mark("the local store or the disk")),
    ("75", mark("busy: another spirou is syncing or writing")),
    ("129, 130, 141, 143", mark("hang-up, Ctrl-C, closed pipe, termination")),
)

TOPICS: dict[str, tuple[str, ...]] = {
    "dates": (
        mark("today, tomorrow, fri, next monday, +3d, +2w, 2026-11-27, 27 nov."),
        mark("27/11 where the language puts the day first."),
        mark("With an hour: fri 17:00, 2026-11-27T17:00."),
        mark("French works as well: demain, vendredi 17h."),
        mark("A date alone means the end of that day. What reads two ways is refused."),
    ),
    "environment": (
        mark("SPIROU_DB: the store file. SPIROU_CONFIG: the preferences. SPIROU_LANG: en or fr."),
        mark(
            "SPIROU_FOLDER: where the first shared folder is made. SPIROU_PLUGINS=none: no plugin is loaded."
        ),
        mark("SPIROU_SECRET_<NAME>: a secret, for CI; weaker than the keyring."),
        mark("NO_COLOR, TERM=dumb, ACCESSIBLE=1, VISUAL, EDITOR, TZ and LC_MESSAGES are honoured."),
    ),
    "exit-codes": (),
    "json": (
        mark(
            "--json writes one document with a “schema” such as spirou.list/1; fields are only added to it."
        ),
        mark("Money is an amount in text and a currency; times are UTC; lengths of time are seconds."),
        mark("“untrusted” names the fields whose text came from outside. Errors have the same exit code."),
    ),
    "money": (
        mark("5EUR, 5.00 USD, EUR 5. Without a currency, the one of: spirou config set currency EUR"),
        mark("A sum is never rounded when it is typed; two currencies are never added."),
        mark("~ is an estimate, ? is unknown, – is none."),
        mark(
            "Terms of a plan that no option tells, such as prices by quantity, are told in a file of yours:"
        ),
        mark("catalogue/NAME.toml beside config.toml, then spirou plan adopt PROVIDER --from NAME/PLAN"),
    ),
    "privacy": (
        mark("Everything is in one file on this machine. What leaves it is said before it leaves."),
        mark("Keys are in the system's keyring, or where you chose. There are no usage reports."),
        mark("spirou forget ID erases the words of a closed task; the figures stay."),
    ),
}


def write(screen: Screen, topic: str) -> None:
    """Write a topic."""
    if topic == "exit-codes":
        screen.definitions([(code, screen.words.say(meaning)) for code, meaning in EXIT_CODES])
        return
    for line in TOPICS[topic]:
        screen.say(line)
