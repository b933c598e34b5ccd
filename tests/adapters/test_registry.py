"""Kinds of provider: found without importing, loaded one by name, and unable to take Spirou down."""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import EntryPoint, distributions
from pathlib import Path

import pytest

from spirou_cli.adapters import ProtocolError, Uncertain
from spirou_cli.adapters.guard import Limits
from spirou_cli.adapters.registry import BUILT_IN, GROUP, Kind, connect, fingerprint, kinds, load
from spirou_cli.domain.errors import NoSuchThing, PluginFailed
from spirou_cli.testing import FakeAdapter, a_brief, connection_maker

SOUND = """
from spirou_cli.adapters import BaseAdapter, Batch, Capabilities, Ref, Submitted

class Plugin(BaseAdapter):
    kind = "sound"
    def check(self): return Capabilities()
    def capabilities(self): return Capabilities()
    def submit(self, brief): return Submitted(Ref("1"))
    def pull(self, cursor, open_tasks): return Batch((), "c")
"""

QUICK = Limits(load_s=0.3, call_s=0.3)


class Shop:
    """A folder of installed distributions, made by hand as pip leaves them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, distribution: str, kind: str, code: str, version: str = "1.2") -> None:
        """Put a distribution with one module and one entry point there."""
        module = f"plugin_of_{distribution.replace('-', '_')}"
        (self.folder / f"{module}.py").write_text(code)
        information = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        )
        (information / "entry_points.txt").write_text(f"[{GROUP}]\n{kind} = {module}:Plugin\n")

    def find(self) -> Iterable[EntryPoint]:
        found = distributions(path=[str(self.folder)])
        return [point for d in found for point in d.entry_points if point.group == GROUP]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    folder = tmp_path / "site"
    folder.mkdir()
    sys.path.append(str(folder))
    importlib.invalidate_caches()
    yield Shop(folder)
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.startswith("plugin_of_")]:
        del sys.modules[name]


def test_the_table_is_what_the_distribution_declares() -> None:
    """Built-ins are entry points like anyone's: the static table only spares the look-up."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]

    assert dict(BUILT_IN) == project["entry-points"][GROUP]


def test_a_built_in_is_loaded_without_looking_around() -> None:
    """The usual path never scans what is installed."""

    def never() -> Iterable[EntryPoint]:
        raise AssertionError("looked at what is installed")

    assert load("folder", never).kind == "folder"


def test_kinds_are_listed_without_importing(shop: Shop) -> None:
    """A plugin that would break on import is listed all the same, with where it comes from."""
    shop.install("spirou-bad", "bad", "raise RuntimeError('imported')")

    listed = kinds(shop.find)

    assert [kind.name for kind in listed if kind.built_in] == list(BUILT_IN)
    assert listed[-1] == Kind("bad", "spirou-bad", "1.2")
    assert "plugin_of_spirou_bad" not in sys.modules


def test_a_plugin_is_loaded_and_connected(shop: Shop, tmp_path: Path) -> None:
    """A sound plugin works like a built-in."""
    shop.install("spirou-sound", "sound", SOUND)

    adapter = connect("sound", connection_maker(tmp_path)(FakeAdapter), shop.find)

    assert (adapter.kind, adapter.submit(a_brief()).ref.id) == ("sound", "1")


def test_an_unknown_kind_is_named() -> None:
    """A mistyped kind is no plugin's fault."""
    with pytest.raises(NoSuchThing) as caught:
        load("foldr", list)

    assert str(caught.value) == "There is no kind of provider “foldr”."


BROKEN = {
    "raises": ("raise RuntimeError('no such table')", "RuntimeError: no such table"),
    "imports nothing": ("import does_not_exist_anywhere", "No module named 'does_not_exist_anywhere'"),
    "exits": ("raise SystemExit(0)", "it tried to end the program"),
    "exits by sys": ("import sys\nsys.exit('bye')", "it tried to end the program"),
    "is not Python": ("class Plugin(", "SyntaxError"),
    "raises what is no Exception": ("class Odd(BaseException): pass\nraise Odd('odd')", "Odd: odd"),
    "has no such class": ("x = 1", "has no attribute 'Plugin'"),
    "names no class": ("Plugin = 3", "it names no class"),
    "names no adapter": (
        "class Plugin:\n    def check(self): ...\n    def pull(self): ...",
        "has no capabil",
    ),
    "hangs": ("import threading\nthreading.Event().wait()", "it did not answer in 0.3 s"),
}


@pytest.mark.parametrize(("code", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_a_plugin_that_breaks_is_named(shop: Shop, code: str, reason: str) -> None:
    """Whatever a plugin does while it is imported is one error with its name, origin and reason."""
    shop.install("spirou-broken", "broken", code)

    with pytest.raises(PluginFailed) as caught:
        load("broken", shop.find, QUICK)

    assert str(caught.value).startswith("The plugin “broken” (spirou-broken 1.2) can't be used: ")
    assert reason in str(caught.value)


def test_ctrl_c_while_loading_is_not_the_plugins_fault(shop: Shop) -> None:
    """Stopping Spirou while a plugin loads stops Spirou."""
    shop.install("spirou-slow", "slow", "raise KeyboardInterrupt")

    with pytest.raises(KeyboardInterrupt):
        load("slow", shop.find)


def test_what_a_plugin_prints_is_not_the_answer(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither its import nor its calls put a word into the answer of a command."""
    noisy = "print('at import')\n" + SOUND.replace(
        'return Batch((), "c")', 'print("at pull"); return Batch((), "c")'
    )
    shop.install("spirou-noisy", "noisy", noisy)
    real = sys.stdout

    connect("noisy", connection_maker(tmp_path)(FakeAdapter), shop.find).pull(None, ())
    print("the answer")

    assert capsys.readouterr().out == "the answer\n"
    assert sys.stdout is real


CALLS: dict[str, tuple[str, Callable[..., object], type[Exception], str]] = {
    "a write that breaks may have happened": (
        "1/0",
        lambda adapter: adapter.submit(a_brief()),
        Uncertain,
        "ZeroDivisionError",
    ),
    "a write that exits may have happened": (
        "raise SystemExit",
        lambda adapter: adapter.submit(a_brief()),
        Uncertain,
        "it tried to end the program",
    ),
    "a write that answers nothing may have happened": (
        "return None",
        lambda adapter: adapter.submit(a_brief()),
        Uncertain,
        "it answered NoneType",
    ),
    "a reading that breaks told nothing": (
        "1/0",
        lambda adapter: adapter.pull(None, ()),
        ProtocolError,
        "ZeroDivisionError",
    ),
    "a reading that hangs told nothing": (
        "import threading; threading.Event().wait()",
        lambda adapter: adapter.pull(None, ()),
        ProtocolError,
        "it did not answer in 0.3 s",
    ),
    "a check of the wrong shape told nothing": (
        "return 3",
        lambda adapter: adapter.check(),
        ProtocolError,
        "it answered int",
    ),
}


@pytest.mark.parametrize(("body", "call", "error", "reason"), CALLS.values(), ids=CALLS.keys())
def test_a_call_that_breaks_is_a_contract_error(
    shop: Shop, tmp_path: Path, body: str, call: Callable[..., object], error: type[Exception], reason: str
) -> None:
    """The core sees nothing but the contract's errors, from any plugin."""
    method = "\n".join(
        f"    def {name}: {body}" for name in ("check(self)", "submit(self, brief)", "pull(self, c, o)")
    )
    shop.install("spirou-wild", "wild", f"{SOUND}\n{method}")
    adapter = connect("wild", connection_maker(tmp_path)(FakeAdapter), shop.find, QUICK)

    with pytest.raises(error) as caught:
        call(adapter)

    assert str(caught.value).startswith("The plugin “wild” broke: ")
    assert reason in str(caught.value)


def test_a_refusal_of_the_reader_passes_a_plugin_unchanged(shop: Shop, tmp_path: Path) -> None:
    """The cap on a file's size is ours: it stops ``fetch`` as itself, not as the plugin's failure."""
    fetching = f"{SOUND}\n    def fetch(self, locator, write): write(b'x' * 9)"
    shop.install("spirou-big", "big", fetching)
    adapter = connect("big", connection_maker(tmp_path)(FakeAdapter), shop.find)

    def write(chunk: bytes) -> object:
        raise OverflowError(f"{len(chunk)} bytes")

    with pytest.raises(OverflowError, match="9 bytes"):
        adapter.fetch("anything", write)


def test_a_name_that_two_bring_belongs_to_none(shop: Shop) -> None:
    """Of two distributions with one name neither is chosen, and both are named."""
    shop.install("spirou-one", "timesvr", SOUND)
    shop.install("spirou-two", "timesvr", SOUND)

    with pytest.raises(PluginFailed) as caught:
        load("timesvr", shop.find)

    assert "spirou-one and spirou-two both bring “timesvr”" in str(caught.value)
    listed = [kind for kind in kinds(shop.find) if not kind.built_in]
    assert [(kind.distribution, bool(kind.problem)) for kind in listed] == [
        ("spirou-one", True),
        ("spirou-two", True),
    ]


def test_one_distribution_found_twice_is_one(shop: Shop) -> None:
    """A path that is searched twice makes no duplicate."""
    shop.install("spirou-sound", "sound", SOUND)

    twice = kinds(lambda: [*shop.find(), *shop.find()])

    assert [kind.name for kind in twice if not kind.built_in] == ["sound"]


def test_a_built_in_cannot_be_replaced(shop: Shop) -> None:
    """A plugin called like a built-in is listed with its problem, and never run."""
    shop.install("evil-folder", "folder", "raise RuntimeError('imported')")

    assert load("folder", shop.find).__module__ == "spirou_cli.adapters.folder.adapter"
    [claim] = [kind for kind in kinds(shop.find) if not kind.built_in]
    assert claim.problem == "“folder” is built in and can't be replaced"


def test_own_entry_points_are_no_plugins(shop: Shop) -> None:
    """Spirou's own distribution declares its built-ins; that is no claim on them."""
    shop.install("Spirou_CLI", "folder", SOUND)

    assert [kind for kind in kinds(shop.find) if not kind.built_in] == []


def test_a_fingerprint_tells_changed_code_without_running_it(shop: Shop) -> None:
    """The same code has the same fingerprint; one changed character has another."""
    shop.install("spirou-bad", "bad", "raise RuntimeError('imported')")
    module = shop.folder / "plugin_of_spirou_bad.py"

    first, again = fingerprint("bad", shop.find), fingerprint("bad", shop.find)
    module.write_text("raise RuntimeError('Imported')")

    assert first == again
    assert fingerprint("bad", shop.find) != first
    assert "plugin_of_spirou_bad" not in sys.modules
