"""Compiles the catalogues of messages when Spirou is built or installed, editable installs too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts a ``.mo`` beside each ``.po``; the wheel carries only the compiled one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and name what was made: it isn't under version control."""
        if self.target_name != "wheel":
            return
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        root = Path(self.root)
        for source in sorted(root.glob("spirou_cli/locale/*/LC_MESSAGES/*.po")):
            compiled = source.with_suffix(".mo")
            with source.open("rb") as text, compiled.open("wb") as machine:
                write_mo(machine, read_po(text))
            build_data["artifacts"].append("/" + compiled.relative_to(root).as_posix())
