"""Templates: briefs to use again, each a TOML file beside the preferences, with questions in its texts."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from spirou_cli.domain.errors import InvalidInput, NoSuchThing, StoreError, mark
from spirou_cli.domain.record import asdict, fields, record
from spirou_cli.service.settings import read_some

__all__ = ["Template", "folder", "listing", "load", "parsed", "questions", "remove", "save", "with_answers"]

_ASK = re.compile(r'\{\{\s*ask\s+"([^"\n]+)"\s*\}\}')
_LARGEST = 1024 * 1024


@record(kw_only=True)
class Template:
    """What a template says, as it would be typed: dates and sums are read when it is used."""

    title: str = ""
    body: str = ""
    to: str = ""
    due: str = ""
    max_time: str = ""
    max_cost: str = ""
    project: str = ""
    tags: tuple[str, ...] = ()
    priority: str = ""
    language: str = ""


def folder(config: Path) -> Path:
    """Where templates are, beside ``config``, the file of the preferences."""
    return config.parent / "templates"


def listing(config: Path) -> list[tuple[str, Template]]:
    """All templates by name; one that can't be read is named by its error."""
    names = sorted(path.stem for path in folder(config).glob("*.toml"))
    return [(name, load(config, name)) for name in names]


def load(config: Path, name: str) -> Template:
    """The template called ``name``. NoSuchThing lists those there are."""
    path = _path(config, name)
    try:
        data = read_some(path, _LARGEST + 1)
        if len(data) > _LARGEST:
            raise InvalidInput(mark("{path} is too large for a template."), path=str(path))
    except FileNotFoundError:
        known = ", ".join(sorted(path.stem for path in folder(config).glob("*.toml"))) or "-"
        raise NoSuchThing(
            mark("No template {name}. There is: {known}."),
            mark("spirou template add {name} --title TEXT"),
            name=name,
            known=known,
        ) from None
    except OSError as error:
        raise InvalidInput(
            mark("{path} can't be read: {error}."),
            mark("spirou template list"),
            path=str(path),
            error=error.strerror or "",
        ) from error
    return parsed(data, str(path))


def parsed(data: bytes, path: str) -> Template:
    """A template from the bytes of its file; InvalidInput names what is wrong in it."""
    try:
        found = tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(
            mark("{path} is not valid TOML: {error}."),
            mark("spirou template list"),
            path=path,
            error=str(error),
        ) from error
    known = fields(Template).keys()
    for name, value in found.items():
        good = isinstance(value, list) if name == "tags" else isinstance(value, str)
        if name not in known or not good:
            raise InvalidInput(
                mark("{path}: {name} is no field of a template. There is: {known}."),
                mark("spirou template list"),
                path=path,
                name=name,
                known=", ".join(sorted(known)),
            )
    tags = tuple(str(tag) for tag in found.pop("tags", ()))
    return Template(**found, tags=tags)


def save(config: Path, name: str, template: Template, *, replace: bool = False) -> Path:
    """Write a template as a file that a person can edit; InvalidInput where the name is taken."""
    path = _path(config, name)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        if path.exists() and not replace:
            raise InvalidInput(
                mark("There is a template {name} already."), mark("spirou template edit {name}"), name=name
            )
        draft.write_text(_toml(template), "utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StoreError(
            mark("{path} can't be written: {error}."),
            mark("spirou doctor"),
            path=str(path),
            error=error.strerror or "",
        ) from error
    return path


def remove(config: Path, name: str) -> None:
    """Delete a template."""
    load_path = _path(config, name)
    if not load_path.exists():
        load(config, name)
    load_path.unlink(missing_ok=True)


def questions(template: Template) -> list[str]:
    """What the template asks, in the order of its texts, each question once."""
    asked = (question for text in _texts(template) for question in _ASK.findall(text))
    return list(dict.fromkeys(asked))


def with_answers(template: Template, answers: Mapping[str, str]) -> Template:
    """The template with every question replaced by its answer."""

    def said(text: str) -> str:
        return _ASK.sub(lambda found: answers[found[1]], text)

    values = {name: said(value) for name, value in _fields(template)}
    return Template(**values, tags=tuple(said(tag) for tag in template.tags))


def _fields(template: Template) -> Iterator[tuple[str, str]]:
    for name, value in asdict(template).items():
        if name != "tags":
            yield name, value


def _texts(template: Template) -> Iterator[str]:
    yield from (value for _, value in _fields(template))
    yield from template.tags


def _toml(template: Template) -> str:
    import tomlkit  # slow to load, needed for writing only

    document = tomlkit.document()
    for name, value in _fields(template):
        if value:
            plain = '"' in value and "'" not in value and "\n" not in value
            document[name] = tomlkit.string(value, multiline="\n" in value, literal=plain)
    if template.tags:
        document["tags"] = list(template.tags)
    return tomlkit.dumps(document)


def _path(config: Path, name: str) -> Path:
    if not re.fullmatch(r"[^\W_][\w-]{0,63}", name):
        raise InvalidInput(
            mark("A template's name is made of letters, digits, '-' and '_', not {name}."),
            mark("spirou template add shopping --title TEXT"),
            name=name,
        )
    return folder(config) / f"{name}.toml"
