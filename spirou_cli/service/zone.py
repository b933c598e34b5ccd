"""The person's time zone: of the preferences, of the environment, of the machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["is_zone", "local_zone"]


def is_zone(value: str) -> bool:
    """Whether this machine knows a zone of that name."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def local_zone(preferred: str, environment: Mapping[str, str]) -> tzinfo:
    """The zone of the preferences, of TZ, of the machine; UTC if none can be found."""
    for name in (preferred, environment.get("TZ", "").removeprefix(":"), _machine_zone()):
        if name and is_zone(name):
            return ZoneInfo(name)
    return UTC


def _machine_zone() -> str:
    try:
        target = os.readlink("/etc/localtime")
    except OSError:
        return ""
    return target.partition("zoneinfo/")[2]
