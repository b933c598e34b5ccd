"""The catalogue of plans that can be bought: the files that come along, and the person's own."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from spirou_cli.domain.catalogue import CatalogueProvider, parse_provider
from spirou_cli.domain.errors import InvalidInput, NoSuchThing, mark
from spirou_cli.service.settings import read_some

__all__ = ["load_catalogue", "load_provider"]

_LARGEST = 1024 * 1024


def load_catalogue(
    own: Path | None = None, *, left_out: list[InvalidInput] | None = None
) -> dict[str, CatalogueProvider]:
    """Every provider by id; a file of the person's ``own`` folder replaces the one that comes along.

    A file that can't be understood is told in ``left_out``, if there is one, or raised.
    """
    found = {}
    for name, (text, mine) in _texts(own):
        try:
            found[name] = _parse(name, text, own=mine)
        except InvalidInput as error:
            if left_out is None:
                raise
            left_out.append(error)
    return dict(sorted(found.items()))


def load_provider(id: str, own: Path | None = None) -> CatalogueProvider:
    """One provider. NoSuchThing if the catalogue doesn't have it."""
    texts = dict(_texts(own))
    if id not in texts:
        raise NoSuchThing(
            mark("No provider {provider} in the catalogue."),
            hint=mark("See them with `spirou plan catalogue`."),
            provider=id,
        )
    text, mine = texts[id]
    return _parse(id, text, own=mine)


def _texts(own: Path | None) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Each file's name without its ending, which is the provider's id, its text, and whether it is the
    person's; those come last.
    """
    for entry in sorted((files("spirou_cli") / "catalogue").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            yield entry.name.removesuffix(".toml"), (entry.read_text(encoding="utf-8"), False)
    if own is not None and own.is_dir():
        for path in sorted(own.glob("*.toml")):
            yield path.stem, (_own_text(path), True)


def _own_text(path: Path) -> str:
    try:
        return read_some(path, _LARGEST).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path.stem, error) from error


def _parse(name: str, text: str, *, own: bool) -> CatalogueProvider:
    try:
        provider = parse_provider(tomllib.loads(text), own=own)
        if provider.id != name:
            raise ValueError(f"id {provider.id!r} in {name}.toml")
    except (ValueError, TypeError, RecursionError) as error:  # TOMLDecodeError is one of the first
        raise _unusable(name, error) from error
    return provider


def _unusable(name: str, error: Exception) -> InvalidInput:
    return InvalidInput(
        mark("The catalogue's file {name}.toml can't be read: {why}."), name=name, why=str(error)
    )
