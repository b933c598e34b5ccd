"""The providers: whether their adapter loads, their settings are whole, their keys are there, they answer."""

from __future__ import annotations

from collections.abc import Iterator

from spirou_cli.adapters.base import AdapterError
from spirou_cli.domain.errors import SpirouError, mark
from spirou_cli.service import connect, plugins, setup
from spirou_cli.service.context import Context
from spirou_cli.service.doctor.finding import Finding
from spirou_cli.storage import accounts
from spirou_cli.storage.accounts import Account

__all__ = ["findings"]


def findings(context: Context, *, online: bool) -> Iterator[Finding]:
    """What is wrong with plugins and accounts; one that breaks costs its own lines only."""
    for plugin in plugins.listing(context):
        if plugin.problem:
            yield Finding(
                "PLUGIN",
                mark("The plugin {kind} of {distribution} can't be used: {problem}."),
                mark("spirou plugin disable {kind}   or: pip uninstall {distribution}"),
                {
                    "kind": plugin.kind,
                    "distribution": plugin.distribution,
                    "problem": plugin.problem.rstrip("."),
                },
            )
    with context.read() as connection:
        known = accounts.accounts(connection)
    for account in known:
        found = list(_settings(context, account))
        yield from found
        if online and not found and not account.paused:
            yield from _connection(context, account)


def _settings(context: Context, account: Account) -> Iterator[Finding]:
    try:
        schema = {setting.name: setting for setting in setup.schema(context, account.kind)}
    except SpirouError as error:
        yield Finding(
            "ADAPTER",
            mark("{provider}: {problem}"),
            mark("spirou plugin list"),
            {"provider": account.name, "problem": str(error)},
        )
        return
    for name, setting in schema.items():
        value = account.settings.get(name, "")
        if setting.secret or not (value or setting.required):
            continue
        try:
            setup.checked_value(setting, value or setting.default or "")
        except SpirouError as error:
            yield Finding(
                "SETTING",
                mark("{provider}: {problem}"),
                mark("spirou provider edit {provider} --set {setting}=…"),
                {"provider": account.name, "problem": str(error), "setting": name},
            )
    yield from _keys(context, account, [name for name, setting in schema.items() if setting.secret])


def _keys(context: Context, account: Account, names: list[str]) -> Iterator[Finding]:
    """Keys that are needed and can't be had without a person; those that are asked for are not asked for."""
    from spirou_cli.service.secrets import Keep, Place

    for name in names:
        place = Place.from_text(account.settings.get(connect.SECRET + name, ""))
        if place is not None and place.keep is Keep.ASK:
            continue
        try:
            connect.vault(context).find(connect.owner_of(account, name), place, connect.origin_for(account))
        except SpirouError as error:
            yield Finding.of("KEY", error)


def _connection(context: Context, account: Account) -> Iterator[Finding]:
    try:
        context.connect(account).check()
    except (AdapterError, SpirouError) as error:
        yield Finding(
            "PROVIDER",
            mark("{provider} does not work: {error}."),
            mark("spirou provider test {provider}"),
            {"provider": account.name, "error": str(error).rstrip(".")},
        )
    except Exception as error:  # a plugin's own failure
        yield Finding(
            "PROVIDER",
            mark("{provider} does not work: {error}."),
            mark("spirou plugin disable {kind}"),
            {"provider": account.name, "error": type(error).__name__, "kind": account.kind},
        )
