"""Setting up an account: what its kind asks for, what was typed, the keys, the test, the saving.

Until it is saved a key is only in memory: whoever gives up half-way leaves nothing behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from spirou_cli.adapters.base import AdapterError, Setting
from spirou_cli.domain.errors import InvalidInput, PluginFailed, SpirouError, mark
from spirou_cli.domain.record import field, record, replace
from spirou_cli.service import plugins, providers
from spirou_cli.service.connect import SECRET, origin_for, owner_of, vault
from spirou_cli.service.context import Context
from spirou_cli.service.redaction import Secret
from spirou_cli.service.secrets import Keep, Place
from spirou_cli.storage.accounts import Account

__all__ = [
    "Draft",
    "Key",
    "check_known",
    "checked_changes",
    "checked_settings",
    "checked_value",
    "draft_from",
    "forget_key",
    "from_environment",
    "keep_keys",
    "keys_for_elsewhere",
    "open_keys",
    "proposals",
    "save",
    "schema",
    "schemas",
    "secret_of",
    "tried",
]


@record
class Key:
    """A key as it was given: typed, printed by ``command``, or neither, where a variable has it."""

    secret: Secret | None = None
    command: str = ""

    def place(self, keep: Keep, origin: str) -> Place:
        """Where it is from now on, and which origin it is for; ``keep`` is for one that was typed."""
        if self.secret is None:
            keep = Keep.COMMAND if self.command else Keep.ENVIRONMENT
        return Place(keep, origin, self.command)


@record
class Draft:
    """An account as typed: settings by name without the secret ones, keys by setting."""

    name: str
    kind: str
    settings: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, Key] = field(default_factory=dict)
    language: str = ""


_HTTP = (
    Setting(
        "ca_file",
        mark("File with the certificate authority of the server, if it is one of your own"),
        type="path",
        required=False,
        advanced=True,
    ),
    Setting(
        "http_on_loopback",
        mark("Allow plain http, to this machine only"),
        type="bool",
        required=False,
        advanced=True,
    ),
)
"""What the one HTTP client can be told, for every kind that has an address."""


def schema(context: Context, kind: str) -> tuple[Setting, ...]:
    """The questions of a kind: its own, and those of the HTTP client if it uses that.

    NoSuchThing lists the kinds there are.
    """
    own = plugins.loaded(context, kind).settings
    names = {setting.name for setting in own}
    return own + tuple(each for each in _HTTP if "url" in names and each.name not in names)


def schemas(context: Context) -> dict[str, tuple[Setting, ...]]:
    """Every kind that works here, and its questions."""
    found = {}
    for kind in plugins.usable(context):
        with suppress(PluginFailed):  # told by: spirou plugin list
            found[kind] = schema(context, kind)
    return found


def checked_value(setting: Setting, text: str) -> str:
    """The value to keep for what was typed, or InvalidInput that says what is wrong with it."""
    value = text.strip()
    if not value:
        if setting.required:
            raise _wrong(setting, mark("{setting} can't be empty."))
        return ""
    match setting.type:
        case "int" if not re.fullmatch(r"-?\d{1,18}", value, re.ASCII):
            raise _wrong(setting, mark("{setting} is a whole number."))
        case "bool":
            value = _YES_NO.get(value.lower(), "")
            if not value:
                raise _wrong(setting, mark("{setting} is yes or no."))
        case "choice" if value not in setting.choices:
            raise _wrong(setting, mark("{setting} is one of: {choices}."), choices=", ".join(setting.choices))
        case "url" if not re.match(r"https?://[^/\s]", value):
            raise _wrong(setting, mark("{setting} is an address that begins with https://"))
        case "path":
            value = str(Path(value).expanduser().absolute())
    problem = setting.check(value) if setting.check is not None else None
    if problem:
        raise _wrong(setting, mark("{setting}: {problem}."), problem=problem.rstrip("."))
    return value


def from_environment(
    name: str, settings: Iterable[Setting], environment: Mapping[str, str]
) -> dict[str, str]:
    """The values in ``SPIROU_PROVIDER_<NAME>_<KEY>``; secrets have variables of their own."""
    prefix = f"SPIROU_PROVIDER_{_variable(name)}_"
    wanted = {setting.name: prefix + _variable(setting.name) for setting in settings if not setting.secret}
    return {key: environment[variable] for key, variable in wanted.items() if variable in environment}


def draft_from(
    context: Context,
    name: str,
    kind: str,
    typed: Mapping[str, str],
    keys: Mapping[str, Key],
    *,
    language: str = "",
) -> Draft:
    """What flags and variables say, checked whole. InvalidInput names the first flag that is missing."""
    asked = schema(context, kind)
    check_known(context, kind, typed, keys)
    given = {**from_environment(name, asked, context.environment), **typed}
    settings = {}
    keys = {**_in_variables(name, asked, context.environment), **keys}
    for setting in asked:
        if setting.secret:
            _has_key(setting, name, kind, keys)
            continue
        text = given.get(setting.name, setting.default)
        if text is None and setting.required:
            raise InvalidInput(
                mark("{name} needs {setting}: {help}. Nothing was saved."),
                mark("spirou provider add {name} --kind {kind} --set {setting}=…"),
                name=name,
                kind=kind,
                setting=setting.name,
                help=setting.help,
            )
        if text:
            settings[setting.name] = checked_value(setting, text)
    return Draft(name, kind, settings, keys, language)


def checked_settings(context: Context, kind: str, typed: Mapping[str, str]) -> dict[str, str]:
    """Settings as typed, each valid; any is, while the kind isn't known."""
    if not kind:
        return dict(typed)
    check_known(context, kind, typed)
    asked = {setting.name: setting for setting in schema(context, kind)}
    return {name: checked_value(asked[name], text) for name, text in typed.items()}


def checked_changes(
    context: Context, account: Account, typed: Mapping[str, str], unset: Iterable[str]
) -> dict[str, str | None]:
    """Changes of an account's settings, each valid; None empties one."""
    asked = {setting.name: setting for setting in schema(context, account.kind)}
    check_known(context, account.kind, [*typed, *unset])
    changes: dict[str, str | None] = {**checked_settings(context, account.kind, typed)}
    for name in unset:
        if asked[name].required and asked[name].default is None:
            raise _wrong(asked[name], mark("{setting} can't be empty."))
        changes[name] = None
    return changes


def secret_of(context: Context, account: Account, name: str) -> Setting:
    """The key of an account called ``name``, or its only one."""
    known = [setting for setting in schema(context, account.kind) if setting.secret]
    found = [setting for setting in known if setting.name == name or not name]
    if not known:
        raise InvalidInput(
            mark("{provider} needs no key."), mark("spirou provider test {provider}"), provider=account.name
        )
    if len(found) != 1:
        raise InvalidInput(
            mark("Which key of {provider}? It has: {known}."),
            mark("spirou provider login {provider} --setting {first}"),
            provider=account.name,
            known=", ".join(setting.name for setting in known),
            first=known[0].name,
        )
    return found[0]


# --- trying it out, and saving it -----------------------------------------------------------------


def open_keys(context: Context, account: Account, keys: Mapping[str, Key]) -> Account:
    """The account with its keys at hand for this run only."""
    places = {}
    for setting, key in keys.items():
        place = key.place(Keep.ASK, origin_for(account))
        if key.secret is not None:
            vault(context).keep(owner_of(account, setting), key.secret, place)
        places[SECRET + setting] = place.to_text()
    return replace(account, settings={**account.settings, **places})


def proposals(context: Context, account: Account) -> dict[str, str]:
    """Values that the provider itself proposes for settings that were left empty."""
    try:
        found = context.connect(account).propose_settings()
    except AdapterError:
        return {}  # the test that follows says what is wrong
    known = {setting.name for setting in schema(context, account.kind)}
    return {name: value for name, value in found.items() if name in known and not account.settings.get(name)}


def tried(context: Context, draft: Draft, *, test: bool = True, propose: bool = False) -> Account:
    """The account of a draft, not saved yet, with what its connection can do.

    ``propose`` fills what was left empty with what the provider proposes.
    """
    account = providers.prepared(context, draft.name, draft.kind, draft.settings, language=draft.language)
    account = open_keys(context, account, draft.keys)
    if propose:
        account = replace(account, settings={**account.settings, **proposals(context, account)})
    return providers.checked(context, account, test=test)


def keep_keys(context: Context, account: Account, keys: Mapping[str, Key], keep: Keep) -> Account:
    """Keep the keys for good. The account to save is the answer; KeyringUnusable keeps nothing."""
    places = {}
    for setting, key in keys.items():
        place = key.place(keep, origin_for(account))
        if key.secret is not None and place.keep is Keep.ENVIRONMENT:
            raise InvalidInput(
                mark("A key that is given is kept in: keyring, file or ask. Nothing was saved."),
                mark("--secret-store file"),
            )
        if key.secret is not None:
            vault(context).keep(owner_of(account, setting), key.secret, place)
        places[SECRET + setting] = place.to_text()
    return replace(account, settings={**account.settings, **places})


def keys_for_elsewhere(account: Account) -> list[str]:
    """The keys of an account that were given for another server than its settings name now."""
    places = {
        name.removeprefix(SECRET): Place.from_text(value)
        for name, value in account.settings.items()
        if name.startswith(SECRET)
    }
    origin = origin_for(account)
    return [name for name, place in places.items() if place is not None and place.origin != origin]


def forget_key(context: Context, account: Account, setting: str) -> Account:
    """Forget a key and where it was; the account to save is the answer."""
    place = Place.from_text(account.settings.get(SECRET + setting, ""))
    vault(context).forget(owner_of(account, setting), place)
    kept = {name: value for name, value in account.settings.items() if name != SECRET + setting}
    return replace(account, settings=kept)


def save(context: Context, account: Account, keys: Mapping[str, Key], keep: Keep) -> Account:
    """Keep the keys, then the account; a failure in between leaves neither."""
    kept = keep_keys(context, account, keys, keep)
    try:
        return providers.save(context, kept)
    except SpirouError:
        for setting in keys:
            forget_key(context, kept, setting)
        raise


# --- what was typed ------------------------------------------------------------------------------


_YES_NO = {
    **dict.fromkeys(("yes", "y", "true", "on", "1", "oui", "o"), "yes"),
    **dict.fromkeys(("no", "n", "false", "off", "0", "non"), "no"),
}


def _wrong(setting: Setting, message: str, **fields: str) -> InvalidInput:
    return InvalidInput(message, mark("spirou provider kinds"), setting=setting.name, **fields)


def _variable(name: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in name).upper()


def check_known(context: Context, kind: str, typed: Iterable[str], keys: Iterable[str] = ()) -> None:
    """Refuse settings that the kind doesn't have, and keys given in clear."""
    asked = schema(context, kind)
    secret = {setting.name: setting.secret for setting in asked}
    typed, keys = list(typed), list(keys)
    for name in (*typed, *keys):
        if name not in secret:
            raise InvalidInput(
                mark("{kind} has no setting {name}. It has: {known}."),
                mark("spirou provider kinds"),
                kind=kind,
                name=name,
                known=", ".join(secret),
            )
    for name in typed:
        if secret[name]:
            raise InvalidInput(
                mark("{name} is a key: it is never an argument, which other programs can read."),
                mark('--secret-stdin {name}   or --secret-command {name} "pass …"'),
                name=name,
            )
    for name in keys:
        if not secret[name]:
            raise InvalidInput(mark("{name} is no key."), mark("--set {name}=…"), name=name)


def _in_variables(name: str, settings: Iterable[Setting], environment: Mapping[str, str]) -> dict[str, Key]:
    """The keys in ``SPIROU_SECRET_<NAME>_<KEY>``: from now on for the server that is being set up."""
    account = Account(id="", name=name, kind="", created_at=0)
    secret = [setting.name for setting in settings if setting.secret]
    return {
        key: Key()
        for key in secret
        if any(environment.get(variable) for variable in owner_of(account, key).variables)
    }


def _has_key(setting: Setting, name: str, kind: str, keys: Mapping[str, Key]) -> None:
    if setting.name in keys or not setting.required:
        return
    raise InvalidInput(
        mark("{name} needs its key {setting}: {help}. Nothing was saved."),
        mark("spirou provider add {name} --kind {kind} … --secret-stdin {setting}"),
        name=name,
        kind=kind,
        setting=setting.name,
        help=setting.help,
    )
