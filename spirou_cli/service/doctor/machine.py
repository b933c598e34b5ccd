"""The machine around it: preferences, keyring, versions, languages, the terminal."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.service import keyrings, plugins
from spirou_cli.service.context import Context
from spirou_cli.service.doctor.finding import Finding

__all__ = ["facts", "findings"]

_LEAST_SQLITE = (3, 37, 0)
"""STRICT tables."""


def findings(context: Context, config: Path, wrong_config: InvalidInput | None) -> Iterator[Finding]:
    """What is wrong around the store."""
    if wrong_config is not None:
        yield Finding.of("CONFIG", wrong_config)
    named = keyrings.configured_backend(context.environment)
    chosen = context.settings.get("keyring_backend", "")
    if named and not chosen and named not in keyrings.ALLOWED:
        yield Finding(
            "KEYRING",
            mark("{backend} is set as the keyring, and is none of the system's: it is not used."),
            mark("unset PYTHON_KEYRING_BACKEND   or: spirou config set keyring_backend {backend}"),
            {"backend": named},
        )
    if sqlite3.sqlite_version_info < _LEAST_SQLITE:
        yield Finding(
            "VERSION",
            mark("SQLite {version} is too old; {least} is the least."),
            mark("Install a newer Python, which brings its own SQLite."),
            {"version": sqlite3.sqlite_version, "least": ".".join(map(str, _LEAST_SQLITE))},
        )
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("_", "-")
    if encoding not in ("utf-8", "utf8"):
        yield Finding(
            "LOCALE",
            mark("Your terminal's language has no accents ({encoding}): some letters are shown as numbers."),
            mark("export LANG=C.UTF-8"),
            {"encoding": encoding},
            advice=True,
        )


def facts(context: Context, config: Path) -> Iterator[tuple[str, str]]:
    """What is in use, for a person who asks for help: no name, no title, no key."""
    yield "python", platform.python_version()
    yield "sqlite", sqlite3.sqlite_version
    yield "system", f"{platform.system()} {platform.release()}"
    yield "store", str(context.path)
    yield "store_size", str(context.path.stat().st_size) if context.path.is_file() else "-"
    yield "config", str(config)
    yield "keyring", _keyring(context)
    yield "language", context.language
    yield "zone", str(context.zone)
    yield "encoding", getattr(sys.stdout, "encoding", None) or "-"
    yield "terminal", context.environment.get("TERM", "-")
    yield "columns", str(shutil.get_terminal_size().columns)
    yield "proxy", context.settings.get("proxy", "-")
    yield "plugins", ", ".join(plugin.kind for plugin in plugins.listing(context, load=False)) or "-"
    yield "user", str(os.getuid())


def _keyring(context: Context) -> str:
    keyring = keyrings.system_keyring(context.environment, context.settings.get("keyring_backend", ""))
    try:
        return keyring.name()
    except keyrings.KeyringFailure:
        return "-"
