"""The real program against a mail server that means harm: it ends in time and small, and loses nothing."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from tests.adapters.email.scripted import Conversation, Scripted, scripted, smtp_script
from tests.cli.program import Done, Program

MEMORY = 300 << 20
LONGEST_S = 40
"""Nothing here is silent: what lasts longer than this has no limit."""


@dataclass
class Post:
    """A mailbox with one folder. ``odd`` is what the server does instead of its answer to a command."""

    mails: dict[int, bytes] = field(default_factory=dict)
    uidvalidity: int = 7
    uidnext: int = 0
    odd: dict[str, Callable[[Conversation, bytes], None]] = field(default_factory=dict)

    def play(self, talk: Conversation) -> None:
        talk.say(b"* OK ready")
        while True:
            tag, verb, rest = [*talk.hear().split(b" ", 2), b"", b""][:3]
            name = (verb + b" " + rest.split(b" ")[0] if verb == b"UID" else verb).decode().upper()
            if name == "AUTHENTICATE":
                talk.say(b"+ ")
                talk.hear()
            if name in self.odd:
                self.odd[name](talk, tag)
            else:
                self._answer(talk, name, rest)
            talk.say(tag + b" OK done")

    def _answer(self, talk: Conversation, name: str, rest: bytes) -> None:
        match name:
            case "CAPABILITY":
                talk.say(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN")
            case "EXAMINE":
                following = self.uidnext or max(self.mails, default=0) + 1
                talk.say(b"* OK [UIDVALIDITY %d] x\r\n* OK [UIDNEXT %d] x" % (self.uidvalidity, following))
            case "UID SEARCH":
                above = re.search(rb"UID (\d+):", rest)
                found = [uid for uid in self.mails if uid >= (int(above[1]) if above else 0)]
                talk.say(b"* SEARCH " + b" ".join(b"%d" % uid for uid in found))
            case "UID FETCH":
                for uid in self.mails.keys() & set(map(int, rest.split(b" ")[1].split(b","))):
                    self._fetched(talk, uid, whole=b"HEADER" not in rest)

    def _fetched(self, talk: Conversation, uid: int, *, whole: bool) -> None:
        mail = self.mails[uid]
        shown = mail if whole else mail.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        about = b"* 1 FETCH (UID %d RFC822.SIZE %d BODY[] {%d}\r\n" % (uid, len(mail), len(shown))
        talk.sock.sendall(about + shown + b")\r\n")


@dataclass
class Desk:
    """A home whose assistant was sent one task by mail."""

    program: Program
    post: Post
    root: str
    """The Message-ID of the task."""

    def sync(self, within_s: float = LONGEST_S) -> Done:
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "spirou_cli", "sync"],
            env=self.program.environment({}),
            cwd=self.program.home,
            capture_output=True,
            check=False,
            timeout=within_s + 60,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY)),
        )
        assert time.monotonic() - begun < within_s
        words = (done.stdout + done.stderr).decode()
        assert not re.search("Traceback|MemoryError", words), words
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def words(self) -> list[str]:
        shown = json.loads(self.program.fork("show", "1", "--json").out)
        return [message["text"] for message in shown["messages"] if not message["mine"]]

    def answer(self, text: str, more: bytes = b"", name: str = "") -> bytes:
        heads = (
            f"From: julie@assistant.test\r\nIn-Reply-To: <{self.root}>\r\nMessage-ID: <{name or text}@a.test>"
        )
        return heads.encode() + more + b"\r\nSubject: Re: Cake\r\n\r\n" + text.encode() + b"\r\n"


@pytest.fixture
def desk(tmp_path: Path, authority: trustme.CA, ca_file: Path) -> Iterator[Desk]:
    post = Post()
    program = Program(tmp_path)
    with (
        scripted(smtp_script(), authority, ca_file) as out,
        scripted(post.play, authority, ca_file) as mail,
    ):
        add(program, out, mail, ca_file)
        (root,) = re.findall(rb"^Message-ID: <([^>]+)>", b"\n".join(out.heard), re.MULTILINE)
        yield Desk(program, post, root.decode())


def add(program: Program, out: Scripted, mail: Scripted, ca_file: Path) -> None:
    settings = {
        "to": "julie@assistant.test", "from": "anna@client.test", "lookup": "none", "sent_folder": "none",
        "smtp_host": "localhost", "smtp_port": out.port, "imap_host": "localhost", "imap_port": mail.port,
        "imap_security": "tls", "smtp_security": "tls", "ca_file": ca_file,
    }  # fmt: skip
    pairs = [f"--set={name}={value}" for name, value in settings.items()]
    key = ("--secret-command", "password", "echo pa-1")
    added = program.fork("provider", "add", "julie", "--kind", "email", *key, "--no-test", *pairs)
    assert added.code == 0, added
    sent = program.fork("add", "Cake", "--to", "julie")
    assert sent.code == 0, sent


def for_ever(data: bytes) -> Callable[[Conversation, bytes], None]:
    def flood(talk: Conversation, tag: bytes) -> None:
        while not talk.over.is_set():
            talk.sock.sendall(data)

    return flood


def once(data: bytes) -> Callable[[Conversation, bytes], None]:
    return lambda talk, tag: talk.sock.sendall(data)


def bye(talk: Conversation, tag: bytes) -> None:
    talk.say(b"* BYE going down")
    raise ConnectionError


LITERAL = b"* 1 FETCH (UID 1 BODY[] {10000000}\r\n" + bytes(10_000_000) + b")\r\n"
ODD: dict[str, dict[str, Callable[[Conversation, bytes], None]]] = {
    "a line without end": {"UID SEARCH": for_ever(b"x" * 65536)},
    "lines without end": {"EXAMINE": for_ever(b"* OK still here\r\n" * 1000)},
    "a greeting of capabilities without end": {"CAPABILITY": for_ever(b"* CAPABILITY IMAP4rev1\r\n" * 999)},
    "files without end": {"UID FETCH": for_ever(LITERAL)},
    "a file of a terabyte": {"UID FETCH": once(b"* 1 FETCH (UID 1 BODY[] {1000000000000}\r\n")},
    "a file below zero": {"UID FETCH": once(b"* 1 FETCH (UID 1 BODY[] {-5}\r\n")},
    "only zeros": {"UID SEARCH": once(bytes(5000) + b"\r\n")},
    "another tag": {"UID SEARCH": once(b"ZZZZ99 OK done\r\n")},
    "words for numbers": {"UID SEARCH": once(b"* SEARCH one two\r\n")},
    "a number of 5,000 digits": {"UID SEARCH": once(b"* SEARCH " + b"9" * 5000 + b"\r\n")},
    "numbers that are none": {"UID SEARCH": once(b"* SEARCH 0 -1 99999999999999999999\r\n")},
    "no uidvalidity": {"EXAMINE": once(b"* 1 EXISTS\r\n")},
    "goodbye while searching": {"UID SEARCH": bye},
    "goodbye while reading": {"UID FETCH": bye},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_what_a_server_says_ends_and_loses_nothing(
    desk: Desk, odd: dict[str, Callable[[Conversation, bytes], None]]
) -> None:
    """In less than 300 MB; the next sync with a sound server finds the answer, once."""
    desk.post.mails[1] = desk.answer("On it.")
    desk.post.odd = odd
    bad = desk.sync()
    desk.post.odd = {}

    good, again = desk.program.fork("sync"), desk.program.fork("sync", "--full")

    assert bad.code in (0, 1, 3), bad
    assert (good.code, again.code) == (0, 0), (good, again)
    assert desk.words() == ["On it."]


def test_numbers_that_lie_lose_nothing(desk: Desk) -> None:
    """A folder that was said to end at 4,294,967,295, and mails that nobody asked for: read all the same."""
    desk.post.uidnext = 4_294_967_295
    desk.sync()
    desk.post.uidnext, desk.post.mails[1] = 0, desk.answer("On it.")
    stranger = b"* 1 FETCH (UID 999 RFC822.SIZE 2 BODY[] {2}\r\nhi)\r\n"
    desk.post.odd = {"UID FETCH": once(stranger)}
    desk.sync()
    desk.post.mails[2], desk.post.odd = desk.answer("Done."), {}

    desk.sync()

    assert "Done." in desk.words()


def test_a_rebuilt_mailbox_doubles_nothing(desk: Desk) -> None:
    """Another UIDVALIDITY at each sync, and at each question: what was read once is there once."""
    desk.post.mails = {1: desk.answer("On it."), 2: desk.answer("Soon.")}
    desk.sync()
    desk.post.uidvalidity, desk.post.mails = 8, {5: desk.answer("Soon."), 6: desk.answer("On it.")}
    rebuilt = desk.sync()

    assert (rebuilt.code, sorted(desk.words())) == (0, ["On it.", "Soon."])


def test_a_hundred_thousand_mails_are_read_past(desk: Desk) -> None:
    """Of other people: their heads are looked at in pages, and the answer among them is found.

    In the quick set there are fewer mails, and as many numbers to choose from.
    """
    many = 100_000
    other = b"From: news@shop.test\r\nSubject: 10 %\r\n\r\n"
    first = 1 if "FAULTS_SLOW" in os.environ else many - 2_000
    desk.post.mails = dict.fromkeys(range(first, many + 1), other) | {many - 500: desk.answer("On it.")}

    done = desk.sync(within_s=900)

    assert (done.code, desk.words()) == (0, ["On it."])


NAMES = ["../../.ssh/authorized_keys", "/etc/passwd", "-rf", "CON", "a\u202egpj.exe", "x" * 400, "a/b\\c"]


def test_a_file_never_leaves_its_folder(desk: Desk) -> None:
    """Whatever a mail calls its files, they are saved under the task, and nothing above is touched."""
    parts = [
        f"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment;"
        f" filename*=utf-8''{''.join(f'%{byte:02x}' for byte in name.encode())}\r\n\r\n{number}\r\n"
        for number, name in enumerate(NAMES)
    ]
    body = "--b\r\nContent-Type: text/plain\r\n\r\nHere.\r\n" + "".join(parts) + "--b--"
    kind = b"\r\nContent-Type: multipart/mixed; boundary=b"
    desk.post.mails[1] = desk.answer(body, kind, name="files")
    desk.sync()
    place = desk.program.home / "saved"
    saved = desk.program.fork("files", "1", "get", "-o", str(place))
    strange = [path for path in desk.program.home.iterdir() if path.name not in KNOWN]

    assert saved.code == 0, saved
    assert strange == []
    assert len([path for path in place.rglob("*") if path.is_file()]) == len(NAMES)


KNOWN = {".local", ".config", ".cache", ".state", "saved"}

BOMBS = {
    "lines": b"\n" * 30_000_000,
    "parts": b"--b\n\n" * 5_000_000,
    "headers": b"--b\n" + b"a: b\n" * 5_000_000,
    "a word": b"a" * 38_000_000,
    "base64": b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\n" + (b"QUJD" * 19 + b"\r\n") * 480_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_mail_that_grows_is_named_or_read_in_little_memory(desk: Desk, bomb: bytes) -> None:
    """What would be many times its size in memory is kept as unreadable; the next mail comes all the same."""
    kind = b"\r\nContent-Type: multipart/mixed; boundary=b"
    desk.post.mails = {1: desk.answer("x", kind, name="bomb") + bomb, 2: desk.answer("On it.")}

    done = desk.sync()

    assert done.code in (0, 1), done
    assert desk.words()[-1] == "On it."
