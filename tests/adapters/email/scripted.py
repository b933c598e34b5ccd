"""A server on loopback that says exactly what a test wants, over TLS, and writes down what it heard."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Event, Thread

import trustme

from spirou_cli.adapters.email.line import Line, tls_context
from spirou_cli.adapters.email.settings import Server

__all__ = ["Conversation", "Scripted", "imap_script", "scripted", "smtp_script"]


@dataclass
class Conversation:
    """The server's end of one connection."""

    sock: socket.socket
    heard: list[bytes]
    over: Event
    rest: bytes = b""

    def say(self, line: bytes) -> None:
        self.sock.sendall(line + b"\r\n")

    def hear(self) -> bytes:
        """One line without its end; ConnectionError when the client has gone."""
        while b"\r\n" not in self.rest:
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\r\n")
        self.heard.append(line)
        return line

    def drip(self, text: bytes) -> None:
        """One byte at a time, as long as the test lasts: never silent, never done."""
        while True:
            for byte in text:
                if self.over.wait(0.02):
                    return
                self.sock.sendall(bytes([byte]))


Script = Callable[[Conversation], None]


@dataclass
class Scripted:
    """Where it listens and what it heard."""

    port: int
    ca_file: Path
    heard: list[bytes] = field(default_factory=list)
    over: Event = field(default_factory=Event)

    def line(self, *, tls: bool = True, deadline_s: float = 10.0) -> Line:
        return Line(Server("localhost", self.port, tls), tls_context(self.ca_file), deadline_s)

    def verbs(self) -> list[bytes]:
        """The commands that were heard."""
        return [line.split(b" ")[0].upper() for line in self.heard]


@contextmanager
def scripted(script: Script, authority: trustme.CA, ca_file: Path, *, tls: bool = True) -> Iterator[Scripted]:
    """A server that plays ``script`` to everyone who connects, until the block ends."""
    context = _certified(authority)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Scripted(listener.getsockname()[1], ca_file)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    sock, _ = listener.accept()
                    Thread(target=play, args=(sock,), daemon=True).start()

        def play(sock: socket.socket) -> None:
            with contextlib.suppress(OSError):
                secure = context.wrap_socket(sock, server_side=True) if tls else sock
                with secure:
                    script(Conversation(secure, server.heard, server.over))

        Thread(target=serve, daemon=True).start()
        try:
            yield server
        finally:
            server.over.set()
            listener.shutdown(socket.SHUT_RDWR)


@cache
def _certified(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def smtp_script(
    answers: Mapping[str, bytes | None] | None = None, features: tuple[bytes, ...] = (b"AUTH PLAIN LOGIN",)
) -> Script:
    """An SMTP server that says yes, but for ``answers``: a verb or «.» to a reply, None to hang up."""
    special = dict(answers or {})

    def answer(talk: Conversation, verb: str, usual: bytes) -> None:
        reply = special.get(verb, usual)
        if reply is None:
            raise ConnectionError
        talk.say(reply)

    def play(talk: Conversation) -> None:
        answer(talk, "hello", b"220 ready")
        while True:
            verb = talk.hear().split(b" ")[0].decode().upper()
            match verb:
                case "EHLO":
                    answer(
                        talk,
                        verb,
                        b"\r\n".join([b"250-scripted", *(b"250-" + f for f in features), b"250 HELP"]),
                    )
                case "AUTH":
                    answer(talk, verb, b"235 welcome")
                case "DATA":
                    answer(talk, verb, b"354 go on")
                    if special.get(verb, b"354").startswith(b"354"):  # type: ignore[union-attr]
                        while talk.hear() != b".":
                            pass
                        answer(talk, ".", b"250 queued")
                case "QUIT":
                    talk.say(b"221 bye")
                    return
                case _:
                    answer(talk, verb, b"250 ok")

    return play


def imap_script(
    answers: Mapping[str, bytes | None] | None = None,
    capabilities: bytes = b"IMAP4rev1 AUTH=PLAIN IDLE",
) -> Script:
    """An IMAP server with one empty folder, but for ``answers``: untagged replies, None to hang up."""
    special = dict(answers or {})
    usual = {
        "CAPABILITY": b"* CAPABILITY " + capabilities,
        "EXAMINE": b"* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 1] x",
        "LOGOUT": b"* BYE",
    }

    def play(talk: Conversation) -> None:
        talk.say(b"* OK ready")
        while True:
            tag, verb, *_ = [*talk.hear().split(b" "), b""]
            name = verb.decode().upper()
            reply = special.get(name, usual.get(name, b""))
            if reply is None:
                return
            if name == "AUTHENTICATE":
                talk.say(b"+ ")
                talk.hear()
            if reply.startswith((b"NO", b"BAD")):
                talk.say(tag + b" " + reply)
                continue
            if reply:
                talk.say(reply)
            talk.say(tag + b" OK done")

    return play
