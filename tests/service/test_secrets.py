"""Where keys are kept, and what is said when they can't be."""

from __future__ import annotations

import stat
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from spirou_cli.domain.errors import AuthNeeded, InvalidInput, KeyringUnusable, SpirouError, StoreError
from spirou_cli.service.keyrings import Backend, Keyring, configured_backend, system_keyring
from spirou_cli.service.redaction import Redactor, Secret
from spirou_cli.service.secretfile import SecretFile
from spirou_cli.service.secrets import Keep, Owner, Place, Vault, child_environment, clean_secret

OWNER = Owner("redmine", "0192-4711", "tickets", "key")
ORIGIN = "https://tickets.example:443"
CANARY = "canary-key-4711"


class Memory:
    """A keyring that works."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Forgetful(Memory):
    """Takes everything, keeps nothing: the null keyring."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Says that it worked."""


class Broken(Memory):
    """Quotes the value in its error."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise ValueError(f"can't store {password}")


def vault(tmp_path: Path, *backends: Backend, **more: object) -> Vault:
    parts: dict[str, object] = {
        "keyring": Keyring(lambda: backends),
        "file": SecretFile(tmp_path / "config" / "secrets.toml"),
        "environment": {},
        "redactor": Redactor(),
    }
    return Vault(**parts | more)  # type: ignore[arg-type]  # keywords by name


def words(error: SpirouError) -> str:
    return f"{error} / {error.hint.format_map(error.fields)}"


# --- keyring -------------------------------------------------------------------------------------


def test_a_key_kept_in_the_keyring_is_found_for_its_origin(tmp_path: Path) -> None:
    """What was kept comes back, from another run too, and the redactor knows it."""
    backend, redactor = Memory(), Redactor()
    place = Place(Keep.KEYRING, ORIGIN)

    vault(tmp_path, backend).keep(OWNER, Secret(CANARY), place)
    found = vault(tmp_path, backend, redactor=redactor).find(OWNER, Place.from_text(place.to_text()), ORIGIN)

    assert found.reveal() == CANARY
    assert list(backend.kept) == [("spirou/redmine/0192-4711", "key")]
    assert redactor.knows(CANARY)


@pytest.mark.parametrize("keep", [Keep.KEYRING, Keep.FILE])
def test_a_key_goes_to_no_other_origin(tmp_path: Path, keep: Keep) -> None:
    """Editing the address doesn't send the key elsewhere, even when the remembered place is edited too."""
    kept = vault(tmp_path, Memory())
    kept.keep(OWNER, Secret(CANARY), Place(keep, ORIGIN))
    evil = "https://evil.example:443"

    with pytest.raises(AuthNeeded) as caught:
        kept.find(OWNER, Place(keep, evil), evil)

    assert words(caught.value) == (
        f"The key of tickets was stored for {ORIGIN}; tickets is now at {evil}."
        " / spirou provider login tickets"
    )


@pytest.mark.parametrize("keep", [Keep.KEYRING, Keep.FILE])
def test_a_forgotten_key_is_gone(tmp_path: Path, keep: Keep) -> None:
    """After a logout there is none, and a second logout is no error."""
    kept, place = vault(tmp_path, Memory()), Place(keep, ORIGIN)
    kept.keep(OWNER, Secret(CANARY), place)

    kept.forget(OWNER, place)
    kept.forget(OWNER, place)

    with pytest.raises(AuthNeeded, match="There is no key for tickets"):
        kept.find(OWNER, place, ORIGIN)


def test_no_keyring_offers_the_other_places(tmp_path: Path) -> None:
    """A headless machine is told what to type."""
    with pytest.raises(KeyringUnusable) as caught:
        vault(tmp_path).keep(OWNER, Secret(CANARY), Place(Keep.KEYRING))

    assert words(caught.value) == (
        "No system keyring here (headless machine)."
        " / spirou provider login tickets --secret-store file|command|ask"
    )
    assert caught.value.exit_code == 4


def test_a_keyring_that_keeps_nothing_is_found_out(tmp_path: Path) -> None:
    """What was set is read back at once."""
    with pytest.raises(KeyringUnusable, match="doesn't give it back"):
        vault(tmp_path, Forgetful()).keep(OWNER, Secret(CANARY), Place(Keep.KEYRING))


def test_an_error_of_a_keyring_never_quotes_the_key(tmp_path: Path) -> None:
    """The class of a foreign error is named, its text is not."""
    with pytest.raises(KeyringUnusable) as caught:
        vault(tmp_path, Broken()).keep(OWNER, Secret(CANARY), Place(Keep.KEYRING))

    assert str(caught.value) == "The keyring failed (ValueError)."
    assert caught.value.__cause__ is not None
    assert caught.value.__cause__.__cause__ is None


def test_a_keyring_that_hangs_is_left_in_time(tmp_path: Path) -> None:
    """Nobody waits longer than the limit."""
    end = threading.Event()

    def hangs() -> list[Backend]:
        end.wait(30)
        return []

    slow = vault(tmp_path, keyring=Keyring(hangs, limit_s=0.2))

    with pytest.raises(KeyringUnusable, match="has not answered for 0 s"):
        slow.find(OWNER, Place(Keep.KEYRING), "")
    assert not end.is_set()
    end.set()


def test_a_key_is_found_in_any_keyring_of_the_system(tmp_path: Path) -> None:
    """A key kept under another desktop is still found, and a new one goes to the best keyring."""
    best, other = Memory(), Memory()
    vault(tmp_path, other).keep(OWNER, Secret(CANARY), Place(Keep.KEYRING, ORIGIN))
    both = vault(tmp_path, best, other)

    assert both.find(OWNER, Place(Keep.KEYRING, ORIGIN), ORIGIN).reveal() == CANARY

    both.keep(OWNER, Secret("new-key"), Place(Keep.KEYRING, ORIGIN))
    assert both.find(OWNER, Place(Keep.KEYRING, ORIGIN), ORIGIN).reveal() == "new-key"


@pytest.mark.parametrize(
    "name",
    [
        "keyring.backends.null.Keyring",
        "keyring.backends.fail.Keyring",
        "keyrings.alt.file.PlaintextKeyring",
        "evil.module.Keyring",
    ],
)
def test_a_class_that_is_no_system_keyring_is_refused_by_name(tmp_path: Path, name: str) -> None:
    """The variable of Python's keyring can't choose where keys go; the class isn't even imported."""
    keyring = system_keyring({"PYTHON_KEYRING_BACKEND": name})

    with pytest.raises(KeyringUnusable) as caught:
        vault(tmp_path, keyring=keyring).keep(OWNER, Secret(CANARY), Place(Keep.KEYRING))

    assert name in str(caught.value)
    assert name.rpartition(".")[0] not in sys.modules or name.startswith("keyring.")


def test_a_class_that_the_person_named_is_used(tmp_path: Path) -> None:
    """The preference wins over the variable; what is then used is checked like any other."""
    name = "keyring.backends.null.Keyring"
    keyring = system_keyring({"PYTHON_KEYRING_BACKEND": "evil.Keyring"}, name)

    assert keyring.name() == name
    with pytest.raises(KeyringUnusable, match="doesn't give it back"):
        vault(tmp_path, keyring=keyring).keep(OWNER, Secret(CANARY), Place(Keep.KEYRING))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[backend]\ndefault-keyring=evil.Keyring\nkeyring-path=/tmp/evil\n", "evil.Keyring"),
        ("[backend]\ndefault-keyring=keyring.backends.null.Keyring\n", "keyring.backends.null.Keyring"),
        ("[backend]\n", ""),
        ("garbage", "keyringrc.cfg"),
    ],
)
def test_a_hostile_keyringrc_is_read_and_not_followed(tmp_path: Path, text: str, named: str) -> None:
    """The file of Python's keyring is only read for the name in it."""
    (tmp_path / "python_keyring").mkdir()
    (tmp_path / "python_keyring" / "keyringrc.cfg").write_text(text)

    assert configured_backend({"XDG_CONFIG_HOME": str(tmp_path)}) == named


# --- the other places ----------------------------------------------------------------------------


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    """It is made 0600 in a 0700 folder, and a second key leaves the first where it is."""
    kept, place = vault(tmp_path), Place(Keep.FILE, ORIGIN)
    second = Owner("email", "0193", "julie", "imap_password")
    path = tmp_path / "config" / "secrets.toml"

    kept.keep(OWNER, Secret(CANARY), place)
    kept.keep(second, Secret('quo"ted\\'), Place(Keep.FILE, "imaps://mail"))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert kept.find(OWNER, place, ORIGIN).reveal() == CANARY
    assert kept.find(second, Place(Keep.FILE), "imaps://mail").reveal() == 'quo"ted\\'
    assert [p.name for p in path.parent.iterdir() if p.suffix != ".lock"] == ["secrets.toml"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_not_used(tmp_path: Path, mode: int) -> None:
    """The message says how to close it."""
    kept, place = vault(tmp_path), Place(Keep.FILE, ORIGIN)
    kept.keep(OWNER, Secret(CANARY), place)
    (tmp_path / "config" / "secrets.toml").chmod(mode)

    with pytest.raises(StoreError, match="can be read by others"):
        kept.find(OWNER, place, ORIGIN)


def _symlink(path: Path) -> None:
    (path.parent / "elsewhere").write_text("")
    path.symlink_to(path.parent / "elsewhere")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda path: path.mkdir(mode=0o700), id="folder"),
        pytest.param(_symlink, id="symlink"),
        pytest.param(lambda path: (path.write_text(f"x = {CANARY}"), path.chmod(0o600)), id="not TOML"),
        pytest.param(lambda path: (path.write_bytes(b"\xff"), path.chmod(0o600)), id="not text"),
    ],
)
def test_what_is_no_file_of_ours_is_refused(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """A folder, a link or garbage is named and left as it is."""
    make(tmp_path / "secrets.toml")
    file = SecretFile(tmp_path / "secrets.toml")

    with pytest.raises(StoreError) as caught:
        file.get("spirou/x/y", "key")

    assert CANARY not in str(caught.value)


def test_two_logins_at_once_keep_both_keys(tmp_path: Path) -> None:
    """The file is changed under a lock and replaced whole."""
    file = SecretFile(tmp_path / "secrets.toml")
    threads = [threading.Thread(target=file.set, args=(f"s{n}", "key", str(n))) for n in range(20)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [file.get(f"s{n}", "key") for n in range(20)] == [str(n) for n in range(20)]


def test_a_command_gives_the_key_and_sees_no_other(tmp_path: Path) -> None:
    """The command's output is the key; secrets of the environment aren't handed to it."""
    script = tmp_path / "show"
    script.write_text("#!/bin/sh\nenv | grep -c SPIROU_SECRET_ >leaks\necho canary-key-4711\n")
    script.chmod(0o700)
    environment = {"SPIROU_SECRET_OTHER": "x", "PATH": "/usr/bin:/bin"}
    place = Place(Keep.COMMAND, ORIGIN, f"sh -c 'cd {tmp_path} && ./show'")

    found = vault(tmp_path, environment=environment).find(OWNER, place, ORIGIN)

    assert found.reveal() == CANARY
    assert (tmp_path / "leaks").read_text() == "0\n"


@pytest.mark.parametrize(
    "command", ["false", "sh -c 'echo canary; exit 3'", "no-such-command-4711", "'unclosed", ""]
)
def test_a_command_that_fails_is_named_without_its_output(tmp_path: Path, command: str) -> None:
    """The person reads which command failed and how; what it printed stays unseen."""
    kept = vault(tmp_path, environment={"PATH": "/usr/bin:/bin"})

    with pytest.raises(AuthNeeded) as caught:
        kept.find(OWNER, Place(Keep.COMMAND, ORIGIN, command), ORIGIN)

    assert "The command for the key of tickets failed" in str(caught.value)


def test_a_variable_wins_and_is_checked_like_any_key(tmp_path: Path) -> None:
    """SPIROU_SECRET_<PROVIDER> serves automation; the origin remembered at login still counts."""
    place = Place(Keep.KEYRING, ORIGIN)
    for variable in ("SPIROU_SECRET_TICKETS_KEY", "SPIROU_SECRET_TICKETS"):
        kept = vault(tmp_path, environment={variable: CANARY})

        assert kept.find(OWNER, place, ORIGIN).reveal() == CANARY
        with pytest.raises(AuthNeeded):
            kept.find(OWNER, place, "https://evil.example:443")


def test_a_variable_that_nobody_tied_to_a_server_goes_nowhere(tmp_path: Path) -> None:
    """That it is set doesn't say where it may go; ``provider add`` and ``login`` do."""
    kept = vault(tmp_path, environment={"SPIROU_SECRET_TICKETS": CANARY})

    assert kept.find(OWNER, Place(Keep.ENVIRONMENT, ORIGIN), ORIGIN).reveal() == CANARY
    for place in (None, Place(Keep.ENVIRONMENT, "https://evil.example:443")):
        with pytest.raises(AuthNeeded) as caught:
            kept.find(OWNER, place, ORIGIN)
        assert "spirou provider login tickets --secret-store environment" in words(caught.value)


def test_a_key_to_ask_for_is_asked_once(tmp_path: Path) -> None:
    """One question a run; where nobody can answer it is an error that names the variable."""
    asked: list[Owner] = []

    def ask(owner: Owner) -> Secret:
        asked.append(owner)
        return Secret(CANARY)

    kept, place = vault(tmp_path, ask=ask), Place(Keep.ASK, ORIGIN)

    assert [kept.find(OWNER, place, ORIGIN).reveal() for _ in range(2)] == [CANARY, CANARY]
    assert asked == [OWNER]
    with pytest.raises(AuthNeeded) as caught:
        vault(tmp_path).find(OWNER, place, ORIGIN)
    assert "SPIROU_SECRET_TICKETS_KEY" in words(caught.value)


@pytest.mark.parametrize(
    "place", [None, Place.from_text(""), Place.from_text("{"), Place.from_text('{"keep": "x"}')]
)
def test_no_place_is_no_key(tmp_path: Path, place: Place | None) -> None:
    """A remembered place that can't be read is none."""
    assert place is None
    with pytest.raises(AuthNeeded):
        vault(tmp_path).find(OWNER, place, ORIGIN)


@pytest.mark.parametrize(
    "text", ["", "\n", "4711\n4712", "4711é", "4711\x00", "4711\x1b[", "4711\r\n\n", "4711\t"]
)
def test_a_key_that_no_server_takes_is_refused_unread(text: str) -> None:
    """The refusal doesn't echo what was typed."""
    with pytest.raises(InvalidInput) as caught:
        clean_secret(text, OWNER)

    assert "471" not in words(caught.value)


@pytest.mark.parametrize("text", ["key 1", "key 1\n", "key 1\r\n"])
def test_one_line_end_is_not_part_of_a_key(text: str) -> None:
    """What a pipe adds is taken off."""
    assert clean_secret(text, OWNER).reveal() == "key 1"


def test_children_get_no_secret() -> None:
    """Only our own secrets are taken out of the environment of a child."""
    assert child_environment({"SPIROU_SECRET_A": "1", "PATH": "/bin", "SPIROU_LANG": "fr"}) == {
        "PATH": "/bin",
        "SPIROU_LANG": "fr",
    }


def test_the_limit_covers_looking_for_a_keyring() -> None:
    """A session bus that hangs costs no more than the limit, and the question can be put again."""
    tried: list[float] = []

    def hangs_once() -> list[Backend]:
        tried.append(time.monotonic())
        if len(tried) == 1:
            threading.Event().wait(30)
        return [Memory()]

    keyring = Keyring(hangs_once, limit_s=0.2)

    with pytest.raises(Exception, match="has not answered"):
        keyring.name()
    assert keyring.get("s", "u") is None
