"""Which proxy is taken, and when none is."""

from __future__ import annotations

import pytest

from spirou_cli.service.proxies import proxy_for

PROXY = "http://proxy.example:3128"
URL = "https://tickets.example.org/redmine/"


@pytest.mark.parametrize(
    "environment",
    [
        {"HTTPS_PROXY": PROXY},
        {"https_proxy": PROXY, "HTTPS_PROXY": "http://other:1"},
        {"ALL_PROXY": PROXY},
        {"HTTPS_PROXY": PROXY, "ALL_PROXY": "http://other:1"},
        {"HTTPS_PROXY": "proxy.example:3128"},
        {"HTTPS_PROXY": PROXY, "NO_PROXY": "example.com,ets.example.org,10.0.0.0/8, "},
    ],
)
def test_the_environment_names_a_proxy(environment: dict[str, str]) -> None:
    """HTTPS_PROXY, then ALL_PROXY; small letters win; a scheme may be left out."""
    assert proxy_for(URL, environment) == PROXY


@pytest.mark.parametrize(
    ("url", "spared"),
    [
        (URL, "*"),
        (URL, "tickets.example.org"),
        (URL, ".example.org"),
        (URL, "*.example.org"),
        (URL, "EXAMPLE.ORG"),
        (URL, "a.b, example.org:443"),
        ("https://10.1.2.3/", "10.0.0.0/8"),
        ("https://10.1.2.3/", "10.1.2.3"),
        ("https://[2001:db8::1]/", "2001:db8::/32"),
        ("https://localhost:8443/", ""),
        ("https://127.0.0.1/", ""),
        ("http://[::1]:8080/", ""),
    ],
)
def test_some_hosts_are_reached_directly(url: str, spared: str) -> None:
    """What NO_PROXY names, and this machine always."""
    assert proxy_for(url, {"HTTPS_PROXY": PROXY, "NO_PROXY": spared}) is None


@pytest.mark.parametrize("environment", [{}, {"HTTP_PROXY": PROXY}, {"HTTPS_PROXY": " "}])
def test_no_proxy_is_none(environment: dict[str, str]) -> None:
    """HTTP_PROXY is for http, which Spirou doesn't speak to others."""
    assert proxy_for(URL, environment) is None


def test_the_persons_own_choice_wins() -> None:
    """The preference counts for every host, and «none» turns the environment's proxy off."""
    environment = {"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}

    assert proxy_for(URL, environment, "own.example:8080") == "http://own.example:8080"
    assert proxy_for(URL, {"HTTPS_PROXY": PROXY}, "none") is None
