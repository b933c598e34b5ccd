"""Which kinds of provider there are, and where their adapters come from: one is loaded, when used."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path
from types import MappingProxyType
from typing import cast

from spirou_cli.adapters.base import Adapter, Connection
from spirou_cli.adapters.guard import Broke, GuardedAdapter, Limits, run
from spirou_cli.domain.errors import NoSuchThing, PluginFailed, mark

__all__ = ["BUILT_IN", "GROUP", "Kind", "connect", "fingerprint", "installed", "kinds", "load", "seal"]

GROUP = "spirou.adapters"

BUILT_IN: Mapping[str, str] = MappingProxyType(
    {
        "folder": "spirou_cli.adapters.folder:FolderAdapter",
        "email": "spirou_cli.adapters.email:EmailAdapter",
        "redmine": "spirou_cli.adapters.redmine:RedmineAdapter",
        "rt": "spirou_cli.adapters.rt:RTAdapter",
        "caldav": "spirou_cli.adapters.caldav:CalDAVAdapter",
    }
)
"""The same lines as in pyproject.toml: the usual kinds are found without looking at what is installed."""

EXTRAS: Mapping[str, str] = MappingProxyType({"caldav": "ical"})
"""The extra of the distribution that brings what a kind needs."""

_OWN = "spirou-cli"
_NEEDED = ("check", "capabilities", "submit", "pull")
_CODE = (".py", ".so", ".pyd")

Finder = Callable[[], Iterable[EntryPoint]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of provider, known without importing anything of it."""

    name: str
    distribution: str
    version: str
    built_in: bool = False
    problem: str = ""
    """Why it can't be used; empty when nothing is known against it."""


@cache
def installed() -> Iterable[EntryPoint]:
    """Every adapter that an installed distribution declares. Looked for once: it opens a file of each."""
    return tuple(importlib.metadata.entry_points(group=GROUP))


def kinds(find: Finder = installed) -> list[Kind]:
    """All kinds, built-ins first; nothing is imported. A name that clashes is there once per claim."""
    version = _own_version()
    own = [Kind(name, _OWN, version, built_in=True) for name in BUILT_IN]
    claims = _claims(find)
    plugins = [
        Kind(name, *_origin(point), problem=_clash(name, points))
        for name, points in sorted(claims.items())
        for point in points
    ]
    return own + plugins


def load(name: str, find: Finder = installed, limits: Limits = Limits()) -> type[Adapter]:  # noqa: B008
    """The adapter class of a kind. NoSuchThing for an unknown one, PluginFailed for one that breaks."""
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        try:
            built_in: type[Adapter] = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            raise _not_installed(name, error) from error
        return built_in
    point = _only(name, find)
    try:
        adapter = run(point.load, limits.load_s)
    except Broke as error:
        raise _failed(point, str(error)) from error.__cause__
    if problem := _misfit(adapter):
        raise _failed(point, problem)
    loaded: type[Adapter] = adapter
    return loaded


def connect(
    name: str,
    connection: Connection,
    find: Finder = installed,
    limits: Limits = Limits(),  # noqa: B008
) -> Adapter:
    """The adapter of a kind, connected; a plugin's behind a guard."""
    kind = load(name, find, limits)
    if name in BUILT_IN:
        return kind(connection)
    # Its kind and settings belong to the one inside, so it has them as an instance, not as a class.
    return cast(Adapter, GuardedAdapter(lambda: kind(connection), name, limits))


def fingerprint(name: str, find: Finder = installed) -> str:
    """The sha256 of a plugin's code, taken without importing it: another value is other code.

    Covers the names and contents of all files of its package that Python can run.
    """
    point = _only(name, find)
    package = point.module.partition(".")[0]
    state = sha256()
    for label, path in _code(package):
        state.update(f"{label}\0{path.stat().st_size}\0".encode())
        state.update(path.read_bytes())
    return state.hexdigest()


def seal(name: str, find: Finder = installed) -> str:
    """Which code a plugin is: distribution, version and fingerprint in one line."""
    distribution, version = _origin(_only(name, find))
    return f"{distribution} {version} {fingerprint(name, find)}"


# --- who claims a name ---------------------------------------------------------------------------


def _claims(find: Finder) -> dict[str, list[EntryPoint]]:
    """The plugins by name; a distribution that is on the path twice counts once."""
    claims: dict[str, dict[tuple[str, str], EntryPoint]] = {}
    for point in find():
        distribution = _origin(point)[0]
        if _canonical(distribution) != _OWN:
            claims.setdefault(point.name, {})[_canonical(distribution), point.value] = point
    return {name: [points[key] for key in sorted(points)] for name, points in claims.items()}


def _only(name: str, find: Finder) -> EntryPoint:
    points = _claims(find).get(name)
    if not points:
        raise NoSuchThing(
            mark("There is no kind of provider “{kind}”."), mark("spirou provider kinds"), kind=name
        )
    if problem := _clash(name, points):
        raise _failed(points[0], problem)
    return points[0]


def _clash(name: str, points: list[EntryPoint]) -> str:
    if name in BUILT_IN:
        return f"“{name}” is built in and can't be replaced"
    if len(points) > 1:
        names = " and ".join(sorted({_origin(point)[0] for point in points}))
        return f"{names} both bring “{name}”: uninstall one of them"
    return ""


def _origin(point: EntryPoint) -> tuple[str, str]:
    """The distribution and version that an entry point comes from."""
    return ("?", "?") if point.dist is None else _named(point.dist)


@cache
def _named(distribution: Distribution) -> tuple[str, str]:
    """Kept, because each look at a name reads and parses the distribution's whole metadata again."""
    return distribution.name, distribution.version


def _canonical(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _own_version() -> str:
    try:
        return importlib.metadata.version(_OWN)
    except importlib.metadata.PackageNotFoundError:  # run from its source folder
        return ""


def _not_installed(name: str, error: ModuleNotFoundError) -> PluginFailed:
    return PluginFailed(
        "“{kind}” needs {module}, which is not installed.",
        "pip install 'spirou-cli[{extra}]'",
        kind=name,
        module=error.name or "?",
        extra=EXTRAS.get(name, name),
    )


def _failed(point: EntryPoint, reason: str) -> PluginFailed:
    distribution, version = _origin(point)
    return PluginFailed(
        mark("The plugin “{kind}” ({distribution} {version}) can't be used: {reason}."),
        mark("spirou plugin list"),
        kind=point.name,
        distribution=distribution,
        version=version,
        reason=reason,
    )


def _misfit(adapter: object) -> str:
    """Why something that a plugin names isn't an adapter; empty when it looks like one."""
    if not isinstance(adapter, type):
        return "it names no class"
    missing = [method for method in _NEEDED if not callable(getattr(adapter, method, None))]
    if missing:
        return f"its class has no {' and no '.join(missing)}"
    return ""


def _code(package: str) -> Iterator[tuple[str, Path]]:
    """The files of a package or module that can run, each with a name that doesn't depend on its place."""
    spec = importlib.util.find_spec(package)
    if spec is None:
        return
    for place in spec.submodule_search_locations or ():
        root = Path(place)
        for path in sorted(root.rglob("*")):
            if path.suffix in _CODE and path.is_file():
                yield path.relative_to(root).as_posix(), path
    if not spec.submodule_search_locations and spec.origin:
        yield Path(spec.origin).name, Path(spec.origin)
