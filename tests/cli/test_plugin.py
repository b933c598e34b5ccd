"""``spirou plugin``: what others bring is named, checked, and turned off without harm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.program import Program

CODES = {
    "broken": "raise RuntimeError('no')",
    "leaves": "raise SystemExit(0)",
    "chatty": "print('hello'); class_ = 1",
}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """``spirou`` with three plugins on its path that each misbehave in their own way."""
    plugins = tmp_path / "plugins"
    for name, code in CODES.items():
        info = plugins / f"spirou_{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: spirou-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[spirou.adapters]\n{name} = spirou_{name}:class_\n")
        (plugins / f"spirou_{name}.py").write_text(code)
    here = str(Path(__file__).parents[2])
    return Program(tmp_path, {"PYTHONPATH": f"{here}:{plugins}", "SPIROU_FOLDER": str(tmp_path / "S")})


HANDY = """
from spirou_cli.adapters import BaseAdapter, Batch, Capabilities, Ref, Setting, Submitted

class class_(BaseAdapter):
    kind = "chatty"
    settings = (Setting("key", "Any key.", secret=True),)
    def check(self):
        self.connection.secret("key")
        return Capabilities()
    def capabilities(self): return Capabilities()
    def submit(self, brief): return Submitted(Ref("1"))
    def pull(self, cursor, open_tasks): return Batch((), "c")
"""


def test_changed_code_gets_no_key_until_it_is_trusted(program: Program) -> None:
    """A provider is tied to the code it was set up with: other code isn't loaded for it, and says which
    command agrees; other providers go on."""
    code = program.home / "plugins" / "spirou_chatty.py"
    code.write_text(HANDY)
    add = ("provider", "add", "desk", "--kind", "chatty", "--secret-stdin", "key", "--secret-store", "file")
    added = program.run(*add, stdin=b"key1234567\n")

    same = program.run("provider", "test", "desk")
    marker = program.home / "loaded"
    code.write_text(f"open({str(marker)!r}, 'w').close()\n" + HANDY)
    changed = program.run("provider", "test", "desk")
    synced = program.run("sync", "--json")
    loaded = marker.exists()
    trusted = program.run("plugin", "trust", "chatty")
    after = program.run("provider", "test", "desk")

    assert (added.code, same.code, changed.code, trusted.code, after.code) == (0, 0, 1, 0, 0)
    assert "The code of the plugin chatty changed: it was spirou-chatty 1.0 (" in changed.err
    assert changed.err.endswith("spirou plugin trust chatty\n")
    assert "changed" in synced.out
    assert not loaded
    assert trusted.out == "chatty as it is now may use the keys of: desk.\n"


def test_trust_is_for_plugins(program: Program) -> None:
    """What is built in, or not there, can't be trusted or mistrusted."""
    assert program.run("plugin", "trust", "email").code == 6
    assert program.run("plugin", "trust", "nobody").code == 6


def test_a_plugin_that_misbehaves_is_named_and_nothing_else_suffers(program: Program) -> None:
    """`plugin list` and `doctor` name each, `list` is exit 0; no traceback, no word of theirs is shown."""
    listed = program.run("plugin", "list", "--json")
    tasks = program.run("list", "--json")
    doctor = program.run("doctor", "--json")

    found = {each["kind"]: each["problem"] for each in json.loads(listed.out)["plugins"]}
    named = {finding["message"].split()[2] for finding in json.loads(doctor.out)["findings"]}
    assert found.keys() == named == CODES.keys()
    assert all(found.values())
    assert (listed.code, tasks.code, doctor.code) == (1, 0, 1)
    assert "Traceback" not in listed.err + doctor.err
    assert "hello" not in listed.err + doctor.err


def test_disabled_plugins_are_left_alone(program: Program) -> None:
    """A disabled plugin is not loaded and not complained about; SPIROU_PLUGINS=none turns all off."""
    for name in CODES:
        program.run("plugin", "disable", name)

    assert program.run("doctor", "--json").code == 0
    assert program.run("plugin", "enable", "broken").code == 0
    assert program.run("doctor", "--json").code == 1
    assert program.run("doctor", "--json", SPIROU_PLUGINS="none").code == 0
    assert program.run("plugin", "disable", "nobody").code == 6
