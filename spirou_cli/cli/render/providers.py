"""Providers on a screen: the kinds, the accounts, one account and what it can and can't do."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from spirou_cli.adapters.base import Capabilities, Setting
from spirou_cli.cli.render import formats
from spirou_cli.cli.render.messages import Words
from spirou_cli.cli.render.records import Json
from spirou_cli.cli.render.screen import Screen
from spirou_cli.cli.render.table import Cell, Column, Span, Style, Table
from spirou_cli.cli.render.taskdata import utc
from spirou_cli.domain.errors import mark
from spirou_cli.domain.text import width
from spirou_cli.service.connect import SECRET
from spirou_cli.service.providers import Standing
from spirou_cli.service.secrets import Keep, Place
from spirou_cli.service.setup import Draft, Key
from spirou_cli.storage.accounts import Account

__all__ = [
    "HEADINGS",
    "account_json",
    "as_command",
    "draft_summary",
    "kind_words",
    "kinds",
    "kinds_json",
    "listing",
    "record",
    "show",
    "signed_in",
    "tested",
]

HEADINGS = ("name", "kind", "state", "synced_at", "open_tasks", "error")
"""Of the records of ``provider list``."""

_KINDS = {
    "folder": mark("a folder you share: Dropbox, Syncthing, Nextcloud, a USB stick"),
    "email": mark("an assistant who works by email"),
    "redmine": mark("a project in Redmine"),
    "rt": mark("a queue in Request Tracker"),
    "caldav": mark("a shared list of to-dos: Nextcloud, Radicale, any CalDAV server"),
}

_ABILITIES = {
    "reply": mark("be answered"),
    "edit": mark("take changes to a brief"),
    "cancel": mark("be told to stop"),
    "reopen": mark("take work back"),
    "accept": mark("be told that work is accepted"),
    "attach": mark("get files"),
    "deadline": mark("see the due date"),
    "budget": mark("see the time or cost at most"),
    "reports_time": mark("say the time used"),
    "reports_cost": mark("say the cost"),
    "quote": mark("say a price before the work"),
}

_OPS = {
    "submit": mark("a new task"),
    "reply": mark("an answer"),
    "edit": mark("a change"),
    "cancel": mark("a cancel"),
    "reopen": mark("work sent back"),
    "accept": mark("an acceptance"),
}

_SETTLED = {
    "K": mark("sent again under the same key; they take it once"),
    "N": mark("sent again under the same name; they see it once"),
    "L": mark("looked up there first, and sent again only if it is absent"),
    "B": mark("nothing can tell: it is held and you are asked"),
}

_WORKERS = {"human": mark("a person"), "agent": mark("a program"), "unknown": mark("not known")}

_KEPT = {
    Keep.KEYRING: mark("in the system's keyring"),
    Keep.FILE: mark("in secrets.toml, readable by you only"),
    Keep.COMMAND: mark("printed by: {command}"),
    Keep.ASK: mark("asked each time"),
    Keep.ENVIRONMENT: mark("in the environment"),
}


def kind_words(words: Words, kind: str) -> str:
    """A kind in a few words; nothing for a plugin's."""
    return words.say(_KINDS.get(kind, ""))


def kinds(screen: Screen, found: Mapping[str, Sequence[Setting]]) -> None:
    """Each kind and what it asks for."""
    for at, (kind, settings) in enumerate(found.items()):
        if at:
            screen.blank()
        screen.line(Span(kind, Style.HEADING), "  ", kind_words(screen.words, kind))
        natures = [_nature(screen.words, setting) for setting in settings]
        name_room = max((len(setting.name) for setting in settings), default=0)
        nature_room = max(map(width, natures), default=0)
        screen.definitions(
            [
                (
                    f"  {setting.name:{name_room}}  {nature}{' ' * (nature_room - width(nature))}",
                    screen.words.known(setting.help),
                )
                for setting, nature in zip(settings, natures, strict=True)
            ]
        )


def kinds_json(found: Mapping[str, Sequence[Setting]]) -> Json:
    """``spirou.kinds/1``: the schema of each kind."""
    return {
        "kinds": [
            {"kind": kind, "settings": [_setting_json(s) for s in settings]}
            for kind, settings in found.items()
        ]
    }


def listing(screen: Screen, found: Sequence[Standing], now: datetime) -> None:
    """The accounts and how they are."""
    if not found:
        screen.say(mark("No provider is set up yet. spirou provider add"))
        return
    words = screen.words
    headings = (mark("NAME"), mark("KIND"), mark("STATE"), mark("SYNCED"), mark("OPEN"))
    columns = [
        Column(words.say(heading), right=heading == "OPEN", title=heading == "STATE") for heading in headings
    ]
    rows: list[tuple[Cell, ...]] = [
        (s.account.name, s.account.kind, _standing(words, s, now), _synced(words, s, now), str(s.open_tasks))
        for s in found
    ]
    screen.table(Table(columns, rows))


def record(standing: Standing) -> tuple[str | int, ...]:
    """One account as a tab-separated record."""
    account, state = standing.account, standing.state
    word = "paused" if account.paused else "failing" if state.error else "ok"
    return (
        account.name,
        account.kind,
        word,
        utc(state.ok_at) if state.ok_at is not None else "",
        standing.open_tasks,
        state.error,
    )


def account_json(standing: Standing) -> Json:
    """One account: settings without keys, where the keys are, what it can do, how it is."""
    account, state = standing.account, standing.state
    return {
        "name": account.name,
        "kind": account.kind,
        "paused": account.paused,
        "language": account.language or None,
        "settings": _plain(account),
        "keys": {name: _place_json(place) for name, place in _places(account).items()},
        "capabilities": json.loads(account.capabilities) if account.capabilities else None,
        "open_tasks": standing.open_tasks,
        "waiting_ops": standing.waiting,
        "synced_at": utc(state.ok_at) if state.ok_at is not None else None,
        "error": {"code": state.error_code, "message": state.error} if state.error else None,
    }


def show(screen: Screen, standing: Standing, now: datetime) -> None:
    """Everything about one account, what it can't do included."""
    words, account = screen.words, standing.account
    screen.line(Span(account.name, Style.HEADING), "  ", account.kind)
    able = json.loads(account.capabilities or "{}")
    facts: list[tuple[str, Cell]] = [
        (words.say(mark("State")), _standing(words, standing, now)),
        (words.say(mark("Synced")), _synced(words, standing, now)),
        (words.say(mark("Open tasks")), str(standing.open_tasks)),
    ]
    facts += [(name, value) for name, value in _plain(account).items()]
    facts += [(name, _kept(words, place)) for name, place in _places(account).items()]
    if account.language:
        facts.append((words.say(mark("Briefs in")), account.language))
    if able:
        facts.append((words.say(mark("Who works")), words.say(_WORKERS.get(able.get("worker"), "?"))))
        facts.append(
            (words.say(mark("Asked every")), words.say(mark("{n} s"), n=able.get("poll_interval_s", 0)))
        )
    screen.definitions(facts)
    if able:
        _abilities(screen, able)
        _answers(screen, able)


def tested(screen: Screen, account: Account, seconds: float | None) -> None:
    """How the test went and, in one line each, what the connection can and can't do."""
    if seconds is not None:
        screen.say(mark("{name} answers, in {ms} ms."), name=account.name, ms=max(round(seconds * 1000), 1))
    _abilities(screen, json.loads(account.capabilities or "{}"), apart=False)


def signed_in(screen: Screen, account: Account, setting: str, seconds: float | None) -> None:
    """Where the key is now, and that it works."""
    place = _places(account)[setting]
    screen.say(mark("The key of {name} is {where}."), name=account.name, where=_kept(screen.words, place))
    if seconds is not None:
        screen.say(mark("{name} answers, in {ms} ms."), name=account.name, ms=max(round(seconds * 1000), 1))


def key_for_elsewhere(screen: Screen, name: str, setting: str) -> None:
    """A saved address that its key isn't for."""
    screen.note(
        mark("Its key {setting} is for the server before: spirou provider login {name}"),
        setting=setting,
        name=name,
    )


def draft_summary(screen: Screen, draft: Draft) -> None:
    """What is about to be tried, beside the questions: a key never is in it."""
    screen.aside("")
    rows = [(screen.words.say(mark("Kind")), draft.kind), (screen.words.say(mark("Name")), draft.name)]
    rows += list(draft.settings.items())
    rows += [(name, key.command or "***") for name, key in draft.keys.items()]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        screen.aside(f"  {name:{width}}  {value}", wrap=False)  # a path stays in one piece, to be read


def as_command(draft: Draft, keep: Keep) -> str:
    """The command that does the same without a question; keys come on standard input, or from theirs."""
    parts = ["spirou", "provider", "add", draft.name, "--kind", draft.kind]
    for name, value in draft.settings.items():
        parts += ["--set", f"{name}={value}"]
    for name, key in draft.keys.items():
        parts += _key_flags(name, key)
    if any(key.secret is not None for key in draft.keys.values()) and keep is not Keep.KEYRING:
        parts += ["--secret-store", keep.value]
    if draft.language:
        parts += ["--brief-lang", draft.language]
    return shlex.join(parts)


def _key_flags(name: str, key: Key) -> list[str]:
    if key.command:
        return ["--secret-command", name, key.command]
    return ["--secret-stdin", name] if key.secret is not None else []


def _nature(words: Words, setting: Setting) -> str:
    if setting.secret:
        return words.say(mark("key"))
    if setting.choices:
        return "|".join(setting.choices)
    if setting.required and setting.default is None:
        return words.say(mark("needed"))
    return setting.default or formats.NOTHING


def _setting_json(setting: Setting) -> Json:
    return {
        "name": setting.name,
        "help": setting.help,
        "type": setting.type,
        "secret": setting.secret,
        "required": setting.required,
        "default": setting.default,
        "choices": list(setting.choices),
        "advanced": setting.advanced,
    }


def _standing(words: Words, standing: Standing, now: datetime) -> Cell:
    state = standing.state
    if standing.account.paused:
        return words.say(mark("paused"))
    if state.error:
        since = formats.span(words, _age(state.failing_since, now))
        return Span(words.say(mark("failing for {span}: {error}"), span=since, error=state.error), Style.BAD)
    if standing.waiting:
        return words.plural("{n} to send", "{n} to send", standing.waiting)
    return words.say(mark("ok"))


def _synced(words: Words, standing: Standing, now: datetime) -> str:
    at = standing.state.ok_at
    return words.say(mark("never")) if at is None else formats.ago(words, _age(at, now))


def _age(at: int | None, now: datetime) -> timedelta:
    zone: tzinfo | None = now.tzinfo
    return timedelta() if at is None or zone is None else now - formats.moment(at, zone)


def _plain(account: Account) -> dict[str, str]:
    return {name: value for name, value in account.settings.items() if not name.startswith(SECRET)}


def _places(account: Account) -> dict[str, Place]:
    texts = {n.removeprefix(SECRET): v for n, v in account.settings.items() if n.startswith(SECRET)}
    return {name: place for name, text in texts.items() if (place := Place.from_text(text)) is not None}


def _place_json(place: Place) -> Json:
    return {"kept": place.keep.value, "origin": place.origin or None, "command": place.command or None}


def _kept(words: Words, place: Place) -> str:
    where = words.say(_KEPT[place.keep], command=place.command)
    return (
        words.say(mark("{where}, only for {origin}"), where=where, origin=place.origin)
        if place.origin
        else where
    )


def _abilities(screen: Screen, able: Mapping[str, object], *, apart: bool = True) -> None:
    known = [name for name in _ABILITIES if hasattr(Capabilities, name)]
    can = [screen.words.say(_ABILITIES[name]) for name in known if able.get(name)]
    cannot = [screen.words.say(_ABILITIES[name]) for name in known if not able.get(name)]
    if apart:
        screen.blank()
    if can:
        screen.say(mark("It can {list}."), list=", ".join(can))
    if cannot:
        screen.say(mark("It can't {list}."), list=", ".join(cannot))


def _answers(screen: Screen, able: Mapping[str, object]) -> None:
    """How each kind of op is settled when its answer is lost."""
    repeat = able.get("repeat")
    how: dict[str, list[str]] = {}
    for kind in _offered(able):
        declared = repeat.get(kind, {}) if isinstance(repeat, dict) else {}
        how.setdefault(declared.get("how", "B"), []).append(screen.words.say(_OPS[kind]))
    screen.blank()
    screen.line(Span(screen.words.say(mark("If an answer is lost")), Style.HEADING))
    for letter in "KNLB":
        if letter in how:
            screen.say(
                mark("{what}: {settled}."),
                what=", ".join(how[letter]),
                settled=screen.words.say(_SETTLED[letter]),
            )


def _offered(able: Mapping[str, object]) -> Iterable[str]:
    return (kind for kind in _OPS if kind == "submit" or able.get(kind))
