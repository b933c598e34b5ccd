"""A real Radicale over TLS, and the two people who share a list on it."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import bcrypt
import trustme

from spirou_cli.adapters.http import HttpClient, HttpOptions
from tests.backends.servers import serving, short_folder

__all__ = ["PASSWORDS", "World", "radicale"]

PASSWORDS = {"client": "pc-1:x", "assistant": "pa-2"}
_numbers = count(1)

CONFIG = """
[server]
hosts = 127.0.0.1:{port}
ssl = True
certificate = {folder}/server.pem
key = {folder}/server.key
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = bcrypt
delay = 0
[rights]
type = from_file
file = {folder}/rights
[storage]
filesystem_folder = {folder}/collections
[logging]
level = warning
[web]
type = none
"""

# The client owns the lists; the assistant may read and write them, which discovery doesn't show.
RIGHTS = """
[root]
user: .+
collection:
permissions: R
[principal]
user: .+
collection: {user}
permissions: RW
[calendars]
user: .+
collection: {user}/[^/]+
permissions: rw
[look only]
user: assistant
collection: client/look[^/]*
permissions: r
[shared]
user: assistant
collection: client/[^/]+
permissions: rw
"""

MAKE_LIST = b"""<?xml version="1.0"?>
<c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop>
<d:displayname>%s</d:displayname>
<c:supported-calendar-component-set><c:comp name="%s"/></c:supported-calendar-component-set>
</d:prop></d:set></c:mkcalendar>"""


@dataclass(frozen=True)
class World:
    """The server as its users reach it."""

    port: int
    folder: Path

    @property
    def origin(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def collections(self) -> Path:
        return self.folder / "collections" / "collection-root"

    def client(self, user: str, path: str = "/", origin: str = "") -> HttpClient:
        """A signed client of ``user``, at ``path``."""
        client = HttpClient((origin or self.origin) + path, HttpOptions(ca_file=self.ca_file))
        client.use_basic(user, PASSWORDS[user])
        return client

    def make_list(self, name: str = "list", component: str = "VTODO") -> str:
        """The path of a new list of the client."""
        path = f"/client/{name}{next(_numbers)}/"
        body = MAKE_LIST % (name.encode(), component.encode())
        made = self.client("client").write("MKCALENDAR", path, data=body)
        assert made.status == 201
        return path

    def server_context(self) -> ssl.SSLContext:
        """A certificate that ``ca_file`` signed, for whatever stands in front of the server."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        return context

    def client_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca_file))


@contextmanager
def radicale() -> Iterator[World]:
    """Radicale on a free port, with its data in a folder that goes with it."""
    with short_folder() as folder:
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1")
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        certificate.private_key_pem.write_to_path(str(folder / "server.key"))
        (folder / "server.pem").write_bytes(b"".join(part.bytes() for part in certificate.cert_chain_pems))
        (folder / "users").write_text("".join(_user(*pair) for pair in PASSWORDS.items()))
        (folder / "rights").write_text(RIGHTS)

        def command(port: int) -> list[str]:
            (folder / "config").write_text(CONFIG.format(port=port, folder=folder))
            return [sys.executable, "-m", "radicale", "--config", str(folder / "config")]

        environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        with serving(command, env=environment, cwd=folder, log=folder / "log", ours=True) as server:
            yield World(server.port, folder)


def _user(name: str, password: str) -> str:
    # the lowest cost: each request is checked anew
    return f"{name}:{bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()}\n"
