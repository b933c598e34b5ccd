"""Where things live on this machine: the platform's folders, or what the environment says."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["config_path", "store_path"]


def store_path(environment: Mapping[str, str]) -> Path:
    """The store file: ``SPIROU_DB``, else ``spirou/spirou.db`` in the platform's data folder."""
    named = environment.get("SPIROU_DB")
    return (
        Path(named).absolute()
        if named
        else _folder(environment, "XDG_DATA_HOME", ".local/share") / "spirou.db"
    )


def config_path(environment: Mapping[str, str]) -> Path:
    """The preferences: ``SPIROU_CONFIG``, else ``spirou/config.toml`` in the platform's folder."""
    named = environment.get("SPIROU_CONFIG")
    return (
        Path(named).absolute()
        if named
        else _folder(environment, "XDG_CONFIG_HOME", ".config") / "config.toml"
    )


def _folder(environment: Mapping[str, str], variable: str, default: str) -> Path:
    if sys.platform.startswith("linux"):
        # What platformdirs answers on Linux, without the 20 ms of loading it; a test compares both.
        # A relative XDG value is ignored, as the specification says.
        base = Path(environment.get(variable, ""))
        return (base if base.is_absolute() else _home(environment) / default) / "spirou"
    from platformdirs import user_config_path, user_data_path

    path = user_data_path if variable == "XDG_DATA_HOME" else user_config_path
    return path("spirou", appauthor=False)


def _home(environment: Mapping[str, str]) -> Path:
    home = environment.get("HOME", "")
    return Path(home) if home.startswith("/") else Path.home()
