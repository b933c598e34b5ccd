"""The questions that connect a mailbox, and their answers as one checked value."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path

from spirou_cli.adapters.base import Rejected, Setting, Unreachable
from spirou_cli.adapters.email.guard import address_problem, one_line

__all__ = ["SETTINGS", "Lookup", "MailSettings", "Person", "Server", "read_settings"]


class Lookup(StrEnum):
    """How a mail whose answer was lost can be looked up."""

    BCC = "bcc"
    SERVER = "server"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Person:
    """A name, perhaps empty, and an address."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is. ``tls``: encrypted from the first byte; otherwise STARTTLS, never in clear."""

    host: str
    port: int
    tls: bool


@dataclass(frozen=True, slots=True)
class MailSettings:
    """One account: two people, two servers, and how the mail between them is read."""

    to: Person
    own: Person
    user: str
    oauth2: bool
    smtp: Server
    imap: Server
    ca_file: Path | None
    senders: frozenset[str]
    folders: tuple[str, ...]
    sent_folder: str
    lookup: Lookup
    template: Path | None
    ical: bool
    authserv: str

    @property
    def origin(self) -> str:
        """Both servers, presets resolved: the password goes to these two and nowhere else."""
        return " ".join(f"{server.host.lower()}:{server.port}" for server in (self.imap, self.smtp))

    def expects(self, address: str) -> bool:
        """Whether answers may come from ``address``: the assistant's, or one listed in ``senders``."""
        address = address.lower()
        return address in self.senders or "@" + address.rpartition("@")[2] in self.senders


def _mailbox_problem(value: str) -> str | None:
    name, address = parseaddr(value)
    if "@" in name and name.lower() != address.lower():
        # "boss@corp" <evil@x>: the name shows an address that isn't the one it goes to
        return f"The name contains an address, but mail would go to {address}."
    return address_problem(address)


def _senders_problem(value: str) -> str | None:
    for sender in _listed(value):
        problem = address_problem("x" + sender if sender.startswith("@") else sender)
        if problem:
            return f"{sender}: use addresses or @domains, parted by commas."
    return None


def _port_problem(value: str) -> str | None:
    return None if value.isascii() and value.isdigit() and 0 < int(value) < 65536 else "A port is 1 to 65535."


def _preset_problem(value: str) -> str | None:
    return None if value in presets() else f"There is no preset {value}; there are {', '.join(presets())}."


def _listed(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


@cache
def presets() -> Mapping[str, Mapping[str, object]]:
    """The servers of common hosts, by preset name; ``domains`` lists the addresses they serve."""
    text = files(__package__).joinpath("presets.toml").read_text("utf-8")
    return tomllib.loads(text)


_SECURITY = ("tls", "starttls")

SETTINGS = (
    Setting("to", "Your assistant's address, with the name to greet them by: Julie <julie@example.org>",
            check=_mailbox_problem),
    Setting("from", "Your own address, as your assistant will see it", check=_mailbox_problem),
    Setting("password", "The password of your mailbox (an app password where your host has them), or the"
            " OAuth2 access token", secret=True),
    Setting("auth", "How to sign in", type="choice", choices=("password", "oauth2"),
            required=False, advanced=True),
    Setting("user", "The user name of your mailbox, if it isn't your address", required=False, advanced=True),
    Setting("preset", "Your mail host, if your address doesn't tell", required=False, advanced=True,
            check=_preset_problem),
    Setting("smtp_host", "The server that sends your mail, if no preset knows it", required=False),
    Setting("smtp_port", "Its port", required=False, advanced=True, check=_port_problem),
    Setting("smtp_security", "Encrypted from the start (tls) or after a first word (starttls)",
            type="choice", choices=_SECURITY, required=False, advanced=True),
    Setting("imap_host", "The server that keeps your mail, if no preset knows it", required=False),
    Setting("imap_port", "Its port", required=False, advanced=True, check=_port_problem),
    Setting("imap_security", "Encrypted from the start (tls) or after a first word (starttls)",
            type="choice", choices=_SECURITY, required=False, advanced=True),
    Setting("ca_file", "A file of certificates to trust, for a server with a private one", type="path",
            required=False, advanced=True),
    Setting("senders", "Other addresses, or @domains, that your assistant answers from, parted by commas",
            required=False, advanced=True, check=_senders_problem),
    Setting("folders", "The folders where answers arrive, parted by commas", default="INBOX",
            required=False, advanced=True),
    Setting("sent_folder", "The folder that keeps a copy of what is sent; auto finds it, none keeps none",
            default="auto", required=False, advanced=True),
    Setting("lookup", "How to make sure that a mail left when the answer was lost: bcc (a copy to yourself),"
            " server (it files what it sends: provider test proves it) or none (you are asked)",
            type="choice", choices=tuple(map(str, Lookup)), default="bcc", required=False, advanced=True),
    Setting("template", "A TOML file with your own words for the mails", type="path", required=False,
            advanced=True),
    Setting("ical", "Also send each task as a calendar to-do (iMIP)", type="bool", default="no",
            required=False, advanced=True),
    Setting("authserv", "The name your own mail server signs Authentication-Results with", required=False,
            advanced=True),
)  # fmt: skip

_DEFAULTS = {setting.name: setting.default for setting in SETTINGS if setting.default is not None}
_TRUE = frozenset({"yes", "true", "1", "on"})


def read_settings(values: Mapping[str, str]) -> MailSettings:
    """The settings of one account, checked; raises Unreachable naming the one that is wrong."""
    given = _DEFAULTS | {name: value.strip() for name, value in values.items() if value.strip()}
    for setting in SETTINGS:
        _check(setting, given.get(setting.name))
    own = _person(given, "from")
    to = _person(given, "to")
    preset = _preset(given.get("preset", ""), own.domain)
    listed = {sender.lower() for sender in _listed(given.get("senders", ""))}
    return MailSettings(
        to=to,
        own=own,
        user=given.get("user") or _user(preset, own.address),
        oauth2=(given.get("auth") or preset.get("auth")) == "oauth2",
        smtp=_server(given, preset, "smtp", {True: 465, False: 587}),
        imap=_server(given, preset, "imap", {True: 993, False: 143}),
        ca_file=Path(given["ca_file"]).expanduser() if "ca_file" in given else None,
        senders=frozenset({to.address.lower()} | listed),
        folders=_listed(given["folders"]) or ("INBOX",),
        sent_folder=given["sent_folder"],
        lookup=Lookup(given["lookup"]),
        template=Path(given["template"]).expanduser() if "template" in given else None,
        ical=given["ical"].lower() in _TRUE,
        authserv=given.get("authserv", "").lower(),
    )


def _check(setting: Setting, value: str | None) -> None:
    if value is None:
        return
    try:
        one_line(value, f"Setting {setting.name}")
    except Rejected as error:
        raise Unreachable(str(error)) from None
    problem = setting.check(value) if setting.check else None
    if setting.choices and value not in setting.choices:
        problem = f"{value} is none of {', '.join(setting.choices)}."
    if problem:
        raise Unreachable(f"Setting {setting.name}: {problem}")


def _person(given: Mapping[str, str], name: str) -> Person:
    if name not in given:
        raise Unreachable(f"Setting {name} is missing")
    return Person(*parseaddr(given[name]))


def _preset(name: str, domain: str) -> Mapping[str, object]:
    if name in presets():
        return presets()[name]
    return next((preset for preset in presets().values() if domain in _domains(preset)), {})


def _user(preset: Mapping[str, object], address: str) -> str:
    return address.rpartition("@")[0] if preset.get("user") == "local" else address


def _domains(preset: Mapping[str, object]) -> list[object]:
    domains = preset.get("domains", [])
    return domains if isinstance(domains, list) else []


def _server(
    given: Mapping[str, str], preset: Mapping[str, object], kind: str, ports: Mapping[bool, int]
) -> Server:
    host = given.get(f"{kind}_host", str(preset.get(f"{kind}_host", "")))
    if not host:
        raise Unreachable(f"Setting {kind}_host is missing: no preset knows this mail host")
    security = given.get(f"{kind}_security") or str(preset.get(f"{kind}_security", ""))
    port = int(given.get(f"{kind}_port") or str(preset.get(f"{kind}_port", 0)))
    if not security:
        security = "starttls" if port == ports[False] else "tls"
    return Server(host, port or ports[security == "tls"], security == "tls")
