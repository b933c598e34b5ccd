"""Plugins: adapters that other distributions bring, and which of them may be loaded."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING

from spirou_cli.adapters import registry
from spirou_cli.adapters.base import Adapter
from spirou_cli.domain.errors import NoSuchThing, PluginFailed, SpirouError, mark
from spirou_cli.domain.record import record, replace
from spirou_cli.storage import accounts
from spirou_cli.storage.accounts import Account

if TYPE_CHECKING:
    from spirou_cli.service.context import Context

__all__ = ["DISABLED", "Plugin", "allowed", "listing", "loaded", "must_be_trusted", "seal", "trust", "usable"]

DISABLED = "disabled_plugins"
"""The preference that names the plugins not to load, parted by commas."""


@record
class Plugin:
    """A kind that a distribution brings. ``problem`` is why it can't be used, empty if it can."""

    kind: str
    distribution: str
    version: str
    sha256: str = ""
    disabled: bool = False
    problem: str = ""


def allowed(context: Context) -> registry.Finder:
    """What finds the plugins that may be loaded; nothing with ``SPIROU_PLUGINS=none``."""
    off = disabled(context)

    def find() -> Iterable[EntryPoint]:
        if context.environment.get("SPIROU_PLUGINS") == "none":
            return []
        return [point for point in registry.installed() if point.name not in off]

    return find


def disabled(context: Context) -> frozenset[str]:
    """Names of the plugins that the person turned off."""
    return frozenset(filter(None, context.settings.get(DISABLED, "").replace(" ", "").split(",")))


def usable(context: Context) -> tuple[str, ...]:
    """The kinds that nothing is known against, built-in ones first."""
    return tuple(kind.name for kind in registry.kinds(allowed(context)) if not kind.problem)


def loaded(context: Context, kind: str) -> type[Adapter]:
    """The adapter class of a kind. NoSuchThing lists the kinds there are; PluginFailed says what to do."""
    known = usable(context)
    if kind not in known:
        raise NoSuchThing(
            mark("There is no kind of provider {kind}. There is: {known}."),
            mark("spirou provider kinds"),
            kind=kind,
            known=", ".join(known),
        )
    try:
        return registry.load(kind, allowed(context))
    except ModuleNotFoundError as error:
        raise PluginFailed(
            mark("{kind} needs something more to be installed ({module})."),
            mark("pip install 'spirou-cli[{kind}]'"),
            kind=kind,
            module=error.name or "?",
        ) from error


def seal(context: Context, kind: str) -> str | None:
    """Which code brings this kind, to be remembered with an account; None for a kind that is no plugin."""
    plugins = {each.name for each in registry.kinds(allowed(context)) if not each.built_in}
    return registry.seal(kind, allowed(context)) if kind in plugins else None


def must_be_trusted(context: Context, account: Account) -> None:
    """PluginFailed where the code is not the one that the person gave this account's keys to (R60)."""
    now = seal(context, account.kind) if account.plugin else None
    if now is not None and now != account.plugin:
        raise PluginFailed(
            mark("The code of the plugin {kind} changed: it was {before}, it is {now}. It gets no key."),
            mark("spirou plugin trust {kind}"),
            kind=account.kind,
            before=_short(account.plugin or ""),
            now=_short(now),
        )


def trust(context: Context, kind: str) -> list[Account]:
    """Let the plugin as it is now use the keys of its accounts; those accounts."""
    now = seal(context, kind)
    with context.write() as log:
        mine = [each for each in accounts.accounts(log.connection) if each.kind == kind]
        for account in mine:
            accounts.save_account(log.connection, replace(account, plugin=now))
    return mine


def _short(seal: str) -> str:
    """«spirou-handy 1.2 (0a1b2c3d)»."""
    code, _, digest = seal.rpartition(" ")
    return f"{code} ({digest[:8]})"


def listing(context: Context, *, load: bool = True) -> list[Plugin]:
    """The installed plugins; each is loaded once behind the guard, to say whether it works."""
    off = disabled(context)
    if context.environment.get("SPIROU_PLUGINS") == "none":
        off = frozenset(kind.name for kind in registry.kinds())
    return [_plugin(kind, off, load=load) for kind in registry.kinds() if not kind.built_in]


def _plugin(kind: registry.Kind, off: frozenset[str], *, load: bool) -> Plugin:
    problem, digest = kind.problem, ""
    if not problem and kind.name not in off:
        try:
            digest = registry.fingerprint(kind.name)
            if load:
                registry.load(kind.name)
        except SpirouError as error:
            problem = str(error)
    return Plugin(kind.name, kind.distribution, kind.version, digest, kind.name in off, problem)
