"""One run of the program: its options, its screen and its context, each made when first used."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from spirou_cli.cli.render.messages import Words, choose_language
from spirou_cli.cli.render.screen import Colour, Screen
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.record import field, record
from spirou_cli.service import places

if TYPE_CHECKING:
    from spirou_cli.adapters.base import Adapter
    from spirou_cli.service.context import Context
    from spirou_cli.service.redaction import Secret
    from spirou_cli.service.secrets import Owner
    from spirou_cli.storage.accounts import Account

__all__ = ["Format", "Options", "Session"]

_PLACES = {"SPIROU_CONFIG", "SPIROU_DB", "SPIROU_LANG"}
"""Variables that are no preference and that many people set."""

Format = Literal["text", "records", "csv", "json"]


@record(frozen=False)
class Options:
    """The global options, which may stand before or after the command."""

    json: bool = False
    fields: str | None = None
    plain: bool = False
    csv: bool = False
    header: bool = False
    color: str = "auto"
    no_input: bool = False
    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    accessible: bool = False
    db: str | None = None
    config: str | None = None
    lang: str | None = None


@record(frozen=False)
class Session:
    """What a command gets. ``environment`` and the streams are the process's, or a test's."""

    options: Options = field(default_factory=Options)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def config_path(self) -> Path:
        """Where config.toml is, or would be."""
        named = self.options.config
        return Path(named).absolute() if named else places.config_path(self.environment)

    @cached_property
    def settings(self) -> dict[str, str]:
        """The preferences of config.toml, and of the variables that are stronger."""
        said = {name for name in self.environment if name.startswith("SPIROU_")} - _PLACES
        if not said and not self.config_path.exists():
            return {}
        from spirou_cli.service import settings  # what nobody set needs no rules

        return settings.effective(self.config_path, self.environment)

    @cached_property
    def language(self) -> str:
        """``en`` or ``fr``: option, environment, preferences, in this order."""
        if self.options.lang is None and "SPIROU_LANG" not in self.environment:
            with suppress(InvalidInput):  # told where the preferences are needed: `config edit` must run
                if preferred := self.settings.get("language"):
                    return choose_language(preferred, self.environment)
        return choose_language(self.options.lang, self.environment)

    @cached_property
    def words(self) -> Words:
        return Words(self.language)

    @cached_property
    def screen(self) -> Screen:
        colour = self.options.color
        if colour not in ("auto", "always", "never"):
            raise InvalidInput(mark("--color is auto, always or never."), mark("spirou --color never …"))
        return Screen.on(
            sys.stdout,
            sys.stderr,
            self.environment,
            self.words,
            colour=cast("Colour", colour),
            accessible=self.options.accessible,
        )

    @cached_property
    def zone(self) -> tzinfo:
        """The person's time zone."""
        from spirou_cli.service.zone import local_zone

        return local_zone(self.settings.get("zone", ""), self.environment)

    @cached_property
    def context(self) -> Context:
        from spirou_cli.service.context import Context

        named = self.options.db
        return Context(
            path=Path(named).absolute() if named else places.store_path(self.environment),
            now=lambda: datetime.now(UTC),
            adapter=_connect,
            zone=self.zone,
            language=self.language,
            settings=self.settings,
            environment=self.environment,
            ask=self._ask_key if self.may_ask else None,
        )

    def _ask_key(self, owner: Owner) -> Secret:
        from spirou_cli.cli.asking import key_of

        return key_of(self, owner)

    @property
    def format(self) -> Format:
        """How the answer is written: as asked, else text on a terminal and records in a pipe."""
        if self.options.json or self.options.fields is not None:
            return "json"
        if self.options.csv:
            return "csv"
        return "records" if self.options.plain or not self.screen.is_terminal else "text"

    @property
    def page_format(self) -> Format:
        """The same for what is a page, not a list: text in a pipe too, unless records are asked for."""
        return "text" if self.format == "records" and not self.options.plain else self.format

    @property
    def may_ask(self) -> bool:
        """Whether a person is there to answer."""
        return (
            not self.options.no_input
            and not self.options.json
            and sys.stdin is not None
            and sys.stdin.isatty()
            and sys.stderr is not None
            and sys.stderr.isatty()
        )

    def now(self) -> datetime:
        """This moment in the person's zone."""
        return self.context.now().astimezone(self.zone)

    def local(self, at: int) -> datetime:
        """UTC milliseconds in the person's zone."""
        return datetime.fromtimestamp(at / 1000, UTC).astimezone(self.zone)


def _connect(context: Context, account: Account) -> Adapter:
    from spirou_cli.service.connect import connect  # loads the contract and the registry

    return connect(context, account)
