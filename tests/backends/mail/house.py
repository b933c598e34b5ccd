"""A mail house of our own: Exim takes and bounces mail, Dovecot keeps it; both without root, on loopback.

Exim stands in front as a provider's host does: it offers AUTH only after STARTTLS, checks recipients,
queues, delivers after its 250 and sends real bounces. SPIROU_MAIL_ROOT may name a folder where the
packages were unpacked with ``dpkg -x`` instead of being installed.
"""

from __future__ import annotations

import imaplib
import os
import shutil
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import trustme

from tests.backends.servers import answers, free_port, give, ordinary_user, running, short_folder

__all__ = ["DOMAIN", "GHOST", "MailHouse", "Mailbox", "dovecot", "exim", "mail_house"]

DOMAIN = "example.test"
GHOST = f"ghost@{DOMAIN}"
"""An address that Exim takes mail for and can't deliver to: what is sent there comes back."""
NAMES = ("anna", "julie", "marc")
ROOT = Path(os.environ.get("SPIROU_MAIL_ROOT", "/"))
HERE = Path(__file__).parent


def dovecot() -> Path | None:
    """The dovecot to run, with its IMAP and LMTP parts; None where it isn't installed."""
    parts = ("usr/sbin/dovecot", "usr/lib/dovecot/imap", "usr/lib/dovecot/lmtp")
    return ROOT / parts[0] if all((ROOT / part).exists() for part in parts) else None


def _password(number: int) -> str:
    return f"pw-{number}"


def exim() -> Path | None:
    return next((path for path in (ROOT / "usr/sbin/exim4", ROOT / "usr/sbin/exim") if path.exists()), None)


@dataclass(frozen=True)
class Mailbox:
    """Somebody's address, and the key to it."""

    house: MailHouse
    name: str
    password: str

    @property
    def address(self) -> str:
        return f"{self.name}@{DOMAIN}"

    @property
    def folder(self) -> Path:
        return self.house.folder / "mail" / self.name

    def imap(self) -> imaplib.IMAP4_SSL:
        client = imaplib.IMAP4_SSL("localhost", self.house.imaps_port, ssl_context=self.house.trust)
        client.login(self.name, self.password)
        return client

    def smtp(self) -> smtplib.SMTP:
        client = smtplib.SMTP("localhost", self.house.smtp_port, timeout=20)
        client.starttls(context=self.house.trust)
        client.login(self.name, self.password)
        return client

    def settings(self) -> dict[str, str]:
        """What ``provider add`` would be told to use this mailbox as one's own."""
        return {
            "from": f"{self.name.capitalize()} <{self.address}>",
            "user": self.name,
            "password": self.password,
            "smtp_host": "localhost",
            "smtp_port": str(self.house.smtps_port),
            "smtp_security": "tls",
            "imap_host": "localhost",
            "imap_port": str(self.house.imaps_port),
            "imap_security": "tls",
            "ca_file": str(self.house.folder / "ca.pem"),
        }

    def receive(self, mail: bytes, sender: str = "someone@elsewhere.test") -> None:
        """Put a mail into this mailbox exactly as it is, as a host does with what comes from outside."""
        with smtplib.LMTP("127.0.0.1", self.house.lmtp_port) as client:
            client.sendmail(sender, [self.address], mail)

    def rebuild(self) -> None:
        """Lose the uids: what a restored or moved mailbox looks like (a new UIDVALIDITY)."""
        before = self._uidvalidity()
        while self._uidvalidity() == before:
            # more than once if a session that is just ending writes its old memory back
            for pattern in ("dovecot-uid*", "dovecot.index*", "dovecot.list.index*"):
                for file in self.folder.rglob(pattern):
                    file.unlink(missing_ok=True)
            (self.folder / "Maildir" / "dovecot-uidvalidity").write_text("7fffff00")
            give(self.folder)

    def _uidvalidity(self) -> bytes:
        client = self.imap()
        try:
            (answer,) = client.status("INBOX", "(UIDVALIDITY)")[1]
            assert isinstance(answer, bytes)
            return answer
        finally:
            client.logout()


@dataclass
class MailHouse:
    """The two servers; every test makes the people it needs."""

    folder: Path
    imap_port: int = field(default_factory=free_port)
    imaps_port: int = field(default_factory=free_port)
    lmtp_port: int = field(default_factory=free_port)
    smtp_port: int = field(default_factory=free_port)
    smtps_port: int = field(default_factory=free_port)
    authority: trustme.CA = field(default_factory=trustme.CA)
    people: int = 0

    @cached_property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.folder / "ca.pem"))

    @cached_property
    def certificate(self) -> trustme.LeafCert:
        return self.authority.issue_cert("localhost")

    def mailbox(self, name: str) -> Mailbox:
        """One of NAMES with a new number, so that no two tests share a mailbox."""
        self.people += 1
        return Mailbox(self, f"{name}{self.people}", _password(self.people))

    def write_files(self) -> None:
        """Everything that both servers read, owned by the user they run as."""
        for name in ("mail", "state", "run", "spool"):
            (self.folder / name).mkdir()
        # all at once: Dovecot looks for new users once a second, which is a long time for a test
        people = {f"{name}{n}": _password(n) for name in NAMES for n in range(1, 400)}
        (self.folder / "users").write_text("".join(f"{n}:{{PLAIN}}{word}\n" for n, word in people.items()))
        known = people | {GHOST.partition("@")[0]: "none"}
        (self.folder / "users.exim").write_text("".join(f"{n}: {word}\n" for n, word in known.items()))
        self.authority.cert_pem.write_to_path(str(self.folder / "ca.pem"))
        self.certificate.private_key_pem.write_to_path(str(self.folder / "server.key"))
        chain = b"".join(blob.bytes() for blob in self.certificate.cert_chain_pems)
        (self.folder / "server.pem").write_bytes(chain)
        user, group = ordinary_user()
        fields = {
            **{name: str(value) for name, value in vars(self).items() if name.endswith("_port")},
            "T": str(self.folder),
            "user": user,
            "group": group,
            "domain": DOMAIN,
            "exim": str(self.folder / "exim4"),
            "parts": _unpacked() if _is_unpacked() else "",
        }
        for name in ("dovecot.conf", "exim.conf"):
            text = (HERE / f"{name}.in").read_text()
            for key, value in fields.items():
                text = text.replace(f"@{key}@", value)
            (self.folder / name).write_text(text)
        program = exim()
        assert program is not None
        # a copy isn't setuid: Exim then stays the user who started it, and takes our configuration
        shutil.copyfile(program, self.folder / "exim4")
        (self.folder / "exim4").chmod(0o755)
        give(self.folder)


def _is_unpacked() -> bool:
    return ROOT.resolve() != Path("/").resolve()


def _unpacked() -> str:
    """Where an unpacked Dovecot finds its own parts."""
    return "\n".join(
        [
            f"libexec_dir = {ROOT}/usr/lib/dovecot",
            f"mail_plugin_dir = {ROOT}/usr/lib/dovecot/modules",
            f"login_plugin_dir = {ROOT}/usr/lib/dovecot/modules/login",
            "import_environment = TZ LD_LIBRARY_PATH",
        ]
    )


def _environment() -> dict[str, str]:
    libraries = (ROOT / "usr/lib/x86_64-linux-gnu", ROOT / "usr/lib/dovecot")
    paths = {"LD_LIBRARY_PATH": ":".join(map(str, libraries))} if _is_unpacked() else {}
    return {"PATH": os.environ["PATH"], **paths}


@contextmanager
def mail_house() -> Iterator[MailHouse]:
    """Both servers, from their first answer to the end of the block; once more if a port was taken."""
    with ExitStack() as stack:
        for last in (False, True):
            house = MailHouse(stack.enter_context(short_folder("spm")))
            house.write_files()
            try:
                stack.enter_context(_servers(house))
            except RuntimeError as error:
                if last or "in use" not in str(error):
                    raise
            else:
                break
        yield house


@contextmanager
def _servers(house: MailHouse) -> Iterator[None]:
    folder, log = house.folder, house.folder / "log"
    keeper = [str(dovecot()), "-F", "-c", str(folder / "dovecot.conf")]
    carrier = [str(folder / "exim4"), "-C", str(folder / "exim.conf"), "-bdf", "-q1s"]
    with (
        running(
            keeper,
            ready=lambda: all(map(answers, (house.imap_port, house.imaps_port, house.lmtp_port))),
            env=_environment(), cwd=folder, log=log,
        ),
        running(
            carrier,
            ready=lambda: all(map(answers, (house.smtp_port, house.smtps_port))),
            env=_environment(), cwd=folder, log=log,
        ),
    ):  # fmt: skip
        yield
