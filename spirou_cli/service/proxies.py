"""Which proxy leads to a server: the person's own choice, else what the environment says, read by us."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

__all__ = ["proxy_for"]

NONE = "none"
"""The preference that turns the environment's proxy off."""


def proxy_for(url: str, environment: Mapping[str, str], preferred: str = "") -> str | None:
    """The address of the proxy for ``url``, or None.

    ``preferred`` is the preference ``proxy``. Of the environment HTTPS_PROXY, then ALL_PROXY count, in
    either case of letters, unless NO_PROXY names the host: a domain with all below it, an address, a
    network, or ``*``. This machine is never reached through a proxy.
    """
    if preferred:
        return None if preferred.lower() == NONE else _with_scheme(preferred)
    host = urlsplit(url).hostname or ""
    named = _variable(environment, "HTTPS_PROXY") or _variable(environment, "ALL_PROXY")
    if not named or _is_loopback(host) or _is_spared(host, _variable(environment, "NO_PROXY")):
        return None
    return _with_scheme(named)


def _variable(environment: Mapping[str, str], name: str) -> str:
    # the small letters are the older habit, and win in curl too
    return (environment.get(name.lower()) or environment.get(name, "")).strip()


def _with_scheme(proxy: str) -> str:
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_spared(host: str, spared: str) -> bool:
    return any(_matches(host, entry.strip().lower()) for entry in spared.split(",") if entry.strip())


def _matches(host: str, entry: str) -> bool:
    if entry == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        domain = entry.partition(":")[0].lstrip("*").lstrip(".")
        return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
