"""The preferences of config.toml: what may stand there, where each value comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.money import CURRENCIES
from spirou_cli.domain.record import record
from spirou_cli.service.zone import is_zone

__all__ = ["HOOKS", "PREFERENCES", "Preference", "check", "effective", "load"]

HOOKS = "hook"
"""The one table of config.toml that isn't a preference: ``[[hook]]``."""

_LARGEST = 64 * 1024


@record
class Preference:
    """One key of config.toml. ``valid`` says whether a value will do."""

    name: str
    help: str
    valid: Callable[[str], bool] = bool


PREFERENCES = {
    preference.name: preference
    for preference in (
        Preference("language", mark("language of the screens: en or fr"), lambda v: v in {"en", "fr"}),
        Preference("default_provider", mark("provider of a task that names none")),
        Preference("name", mark("how you sign your briefs")),
        Preference("zone", mark("your time zone, such as Europe/Paris"), is_zone),
        Preference("currency", mark("currency of your totals, such as EUR"), CURRENCIES.__contains__),
        Preference("hourly_rate", mark("what an hour of yours is worth, such as 45EUR")),
        Preference("keyring_backend", mark("a keyring class to allow, after its warning")),
        Preference("proxy", mark("address of the proxy for providers over HTTP")),
        Preference("editor", mark("program that edits a brief; else VISUAL, EDITOR")),
        Preference("disabled_plugins", mark("plugins not to load, parted by commas")),
        Preference("rate_max_age_days", mark("days after which an exchange rate is stale"), str.isdigit),
    )
}
_SECRET_WORDS = ("password", "passwd", "secret", "token", "api_key", "apikey", "private_key")


def read_some(path: Path, most: int) -> bytes:
    """The first ``most`` bytes of a file, which may be a device or a pipe without an end."""
    with path.open("rb") as stream:
        return stream.read(most)


def load(path: Path) -> dict[str, str]:
    """The preferences in ``path``; none if there is no such file. InvalidInput names file and line."""
    text = _read(path)
    if text is None:
        return {}
    import tomllib  # slow to load, and most people have no such file

    try:
        found = tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidInput(
            mark("{path} is not valid TOML: {error}."),
            mark("spirou config edit"),
            path=str(path),
            error=str(error),
        ) from error
    found.pop(HOOKS, None)  # read, and checked, by service/hooks.py
    for name, value in found.items():
        line = next((n for n, row in enumerate(text.splitlines(), 1) if row.lstrip().startswith(name)), 1)
        try:
            check(name, value)
        except InvalidInput as error:
            error.fields |= {"path": str(path), "line": line}
            error.message = "{path}, line {line}: " + error.message
            raise
    return {name: str(value) for name, value in found.items()}


def _read(path: Path) -> str | None:
    """The text of a file of preferences, None if there is none."""
    try:
        data = read_some(path, _LARGEST + 1)
        if len(data) > _LARGEST:
            raise _bad(path, 1, mark("{path} is too large for preferences (line {line})."))
        return data.decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InvalidInput(
            mark("{path} can't be read: {error}."),
            mark("spirou config path"),
            path=str(path),
            error=error.strerror or "",
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _bad(path, line, mark("{path}, line {line}: this is not UTF-8 text.")) from error


def effective(path: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The preferences in force: the file's, and over them ``SPIROU_<NAME>`` of the environment."""
    found = load(path)
    for name in PREFERENCES:
        if value := environment.get(f"SPIROU_{name.upper()}"):
            check(name, value)
            found[name] = value
    return found


def check(name: str, value: object) -> None:
    """Whether ``value`` may stand under ``name``. A secret never may."""
    if any(word in name.lower() for word in _SECRET_WORDS):
        raise InvalidInput(
            mark("{name} looks like a secret; those are kept in the keyring."),
            mark("spirou provider login NAME"),
            name=name,
        )
    preference = PREFERENCES.get(name)
    if preference is None:
        raise InvalidInput(
            mark("There is no preference {name}. There is: {known}."),
            mark("spirou config list"),
            name=name,
            known=", ".join(PREFERENCES),
        )
    if not isinstance(value, str | int) or isinstance(value, bool) or not preference.valid(str(value)):
        raise InvalidInput(
            mark("{value} won't do for {name}."), mark("spirou config list"), name=name, value=str(value)
        )


def _bad(path: Path, line: int, message: str) -> InvalidInput:
    return InvalidInput(message, mark("spirou config edit"), path=str(path), line=line)
