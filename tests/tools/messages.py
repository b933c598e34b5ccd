"""The catalogue of messages: what the code says, gathered from its syntax, beside what is translated.

python -m tests.tools.messages           update every catalogue, say what is missing
python -m tests.tools.messages --check   change nothing; exit 1 if a catalogue is behind the code
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2] / "spirou_cli"

SAYING = frozenset({"mark", "say", "note"})
"""Functions and methods whose first argument is a message."""
COUNTING = frozenset({"plural"})
"""Those whose first two arguments are one message, in the singular and in the plural."""


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """A message of the code; ``plural`` is "" for one that doesn't count."""

    text: str
    plural: str
    file: str

    @property
    def id(self) -> str | tuple[str, str]:
        """What a catalogue calls it."""
        return (self.text, self.plural) if self.plural else self.text


def messages(root: Path = ROOT) -> list[Message]:
    """Every message of the code under ``root``, where it is written."""
    trees = {
        file.relative_to(root.parent).as_posix(): ast.parse(file.read_text("utf-8"))
        for file in sorted(root.rglob("*.py"))
    }
    errors = _descendants("SpirouError", trees.values())
    found = {Message(*text, file) for file, tree in trees.items() for text in _said(tree, errors) if text[0]}
    return sorted(found)


def catalogues(root: Path = ROOT) -> list[Path]:
    """The source of every translation."""
    return sorted(root.glob("locale/*/LC_MESSAGES/spirou.po"))


def updated(source: bytes, found: Iterable[Message]) -> Catalog:
    """The catalogue ``source`` with exactly the messages ``found``, translated as before where it was."""
    old = read_po(BytesIO(source))
    new = Catalog(
        locale=old.locale,
        domain="spirou",
        project="spirou-cli",
        version="1",
        msgid_bugs_address="-",
        charset="utf-8",
        fuzzy=False,
        header_comment=old.header_comment,
        copyright_holder="The Spirou developers",
        creation_date=old.creation_date,
        revision_date=old.revision_date,
        last_translator="The Spirou developers",
        language_team="French",
    )
    new.mime_headers = old.mime_headers  # its plural forms: newer versions of Babel count French in three
    for message in found:
        before = old.get(message.text)
        new.add(message.id, before.string if before else None, locations=[(message.file, None)])
    return new


def written(catalogue: Catalog) -> bytes:
    """The text of a catalogue, the same for the same messages."""
    out = BytesIO()
    write_po(out, catalogue, width=110, sort_output=True, include_lineno=False)
    return out.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    """The messages that have no words yet."""
    return [str(message.id) for message in catalogue if message.id and not _complete(message.string)]


def unused(source: bytes, found: Iterable[Message]) -> list[str]:
    """The messages of a catalogue that the code no longer says."""
    said = {message.id for message in found}
    return [str(message.id) for message in read_po(BytesIO(source)) if message.id and message.id not in said]


def _complete(string: str | tuple[str, ...] | None) -> bool:
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


def _descendants(root: str, trees: Iterable[ast.Module]) -> frozenset[str]:
    """The names of the class ``root`` and of all that inherit from it."""
    parents = {
        node.name: {_name(base) for base in node.bases}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {root}
    while more := {name for name, bases in parents.items() if bases & found} - found:
        found |= more
    return frozenset(found)


def _said(tree: ast.Module, errors: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The messages of one file, as (text, plural)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and _is_command(node):
            yield ast.get_docstring(node) or "", ""
        if not isinstance(node, ast.Call):
            continue
        name = _name(node.func)
        if name in COUNTING and len(node.args) > 1:
            yield from zip(_texts(node.args[0]), _texts(node.args[1]), strict=True)
        elif name in SAYING and node.args:
            yield from ((text, "") for text in _texts(node.args[0]))
        elif name == "Setting" and len(node.args) > 1:
            yield from ((text, "") for text in _texts(node.args[1]))
        elif name in errors:
            arguments = [
                *node.args[:2],
                *(word.value for word in node.keywords if word.arg in ("message", "hint")),
            ]
            yield from ((text, "") for argument in arguments for text in _texts(argument))
        shown = [word.value for word in node.keywords if word.arg in ("help", "metavar")]
        yield from ((text, "") for value in shown for text in _texts(value))


def _is_command(function: ast.FunctionDef) -> bool:
    """A function of the command line; its docstring is the help that a person reads."""
    return any(ast.unparse(a.annotation) == "typer.Context" for a in function.args.args if a.annotation)


def _texts(node: ast.expr) -> list[str]:
    """The literal texts that an argument can be."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=body, orelse=orelse):
            return [*_texts(body), *_texts(orelse)]
    return []


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def main(arguments: list[str]) -> int:
    """Update every catalogue, or with --check only say what it lacks."""
    found, behind = messages(), False
    for path in catalogues():
        source = path.read_bytes()
        catalogue = updated(source, found)
        if "--check" not in arguments:
            path.write_bytes(written(catalogue))
        lacking = [*untranslated(catalogue), *unused(source, found)]
        sys.stdout.writelines(f"{path.parts[-3]}: {text}\n" for text in lacking)
        behind |= bool(lacking)
    return int(behind and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
