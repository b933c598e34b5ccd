"""Connections to accounts: the adapter of an account, given just what the contract promises it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from spirou_cli.adapters import base, registry
from spirou_cli.adapters.base import Adapter, Connection
from spirou_cli.domain.errors import SpirouError
from spirou_cli.service import places, plugins, proxies
from spirou_cli.service.context import Context
from spirou_cli.storage.accounts import Account

if TYPE_CHECKING:
    from spirou_cli.adapters.http import HttpClient
    from spirou_cli.service.secrets import Owner, Vault

__all__ = ["SECRET", "connect", "origin_for", "owner_of", "vault"]

SECRET = "secret."  # noqa: S105  # a prefix, not a secret
"""``secret.<setting>`` of an account says where that key is kept, never the key."""


def connect(context: Context, account: Account) -> Adapter:
    """The adapter of ``account``. It gets no database, no console, no keyring and no environment.

    PluginFailed where it is a plugin whose code changed: nothing of it is even loaded.
    """
    plugins.must_be_trusted(context, account)
    if logging.lastResort is not None:  # it writes any library's warning to standard error
        from spirou_cli.service.redaction import RedactingFilter

        logging.lastResort.filters = [RedactingFilter(context.redactor)]
    connection = Connection(
        account=account.name,
        settings={name: value for name, value in account.settings.items() if not name.startswith(SECRET)},
        secret=_secret_finder(context, account),
        http=_http_maker(context, account),
        files=_scratch(context, account),
        log=logging.getLogger(f"spirou.{account.kind}"),
        now=context.now,
        language=account.language or context.language,
    )
    return registry.connect(account.kind, connection, plugins.allowed(context))


def vault(context: Context) -> Vault:
    """Where keys are kept on this machine: one for the whole run."""
    if context.vault is None:
        context.vault = _vault(context)
    return context.vault


def _vault(context: Context) -> Vault:
    from spirou_cli.service.keyrings import system_keyring
    from spirou_cli.service.secretfile import SecretFile
    from spirou_cli.service.secrets import Vault

    folder = places.config_path(context.environment).parent
    return Vault(
        keyring=system_keyring(context.environment, context.settings.get("keyring_backend", "")),
        file=SecretFile(folder / "secrets.toml"),
        environment=context.environment,
        redactor=context.redactor,
        ask=context.ask,
    )


def owner_of(account: Account, setting: str) -> Owner:
    """Whose key ``setting`` of ``account`` is."""
    from spirou_cli.service.secrets import Owner

    return Owner(account.kind, account.id, account.name, setting)


def origin_for(account: Account) -> str:
    """Where a key of this account may go: scheme, host and port, or the two mail servers; "" for nowhere."""
    kind: type = registry.load(account.kind) if account.kind in registry.BUILT_IN else base.BaseAdapter
    adapter = kind if issubclass(kind, base.BaseAdapter) else base.BaseAdapter
    try:
        return adapter.origin(account.settings)
    except (ValueError, base.AdapterError):
        return ""


def _secret_finder(context: Context, account: Account) -> Callable[[str], str]:
    def secret(name: str) -> str:
        from spirou_cli.service.secrets import Place

        place = Place.from_text(account.settings.get(SECRET + name, ""))
        try:
            found = vault(context).find(owner_of(account, name), place, origin_for(account))
        except SpirouError as error:
            # an adapter knows the contract's errors only: a keyring, a file or a command that fails is one
            raise base.AuthRequired(str(error)) from error
        return found.reveal()

    return secret


def _http_maker(context: Context, account: Account) -> Callable[[], HttpClient]:
    def http() -> HttpClient:
        from spirou_cli.adapters.http import HttpClient, HttpOptions

        ca_file, url = account.settings.get("ca_file", ""), account.settings.get("url", "")
        options = HttpOptions(
            ca_file=Path(ca_file) if ca_file else None,
            proxy=proxies.proxy_for(url, context.environment, context.settings.get("proxy", "")),
            http_on_loopback=account.settings.get("http_on_loopback") == "yes",
            before=context.assert_idle,
            now=context.now,
        )
        return HttpClient(url, options)

    return http


def _scratch(context: Context, account: Account) -> Path:
    return context.path.parent / "scratch" / account.id
