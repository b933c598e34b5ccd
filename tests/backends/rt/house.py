"""A real RT from Debian's package, on SQLite, as an ordinary user; its database is seeded once."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.backends.rt.world import World
from tests.backends.servers import give, require, run, serving, short_folder, template

PACKAGE = Path("/usr/share/request-tracker5")
SEED = Path(__file__).with_name("seed.pl")

SITE = """
use utf8;
# Where RT keeps its caches are variables of the package, not options.
$RT::MasonDataDir = '{folder}/mason';
$RT::MasonSessionDir = '{folder}/session';
$RT::VarPath = '{folder}/var';
Set($rtname, 'rt.test');
Set($Organization, 'rt.test');
Set($Timezone, 'Europe/Paris');
Set($WebDomain, '127.0.0.1');
Set($WebPort, {port});
Set($WebPath, '');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{folder}/rt.sqlite3');
Set($MailCommand, 'sendmailpipe');
Set($SendmailPath, '/bin/true');
Set($MaxAttachmentSize, 1_000_000);
Set($DropLongAttachments, 1);
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'warning');
# A lifecycle of the house: it can close, and it has a status that no table of states knows.
Set(%Lifecycles, house => {
    initial => ['new'],
    active => [qw(open stalled parked)],
    inactive => [qw(resolved closed rejected deleted)],
    defaults => { on_create => 'new', reminder_on_open => 'open', reminder_on_resolve => 'resolved' },
    transitions => {
        '' => ['new'],
        (map { $_ => [qw(open stalled parked resolved closed rejected deleted)] }
            qw(new open stalled parked resolved closed rejected)),
        deleted => ['open'],
    },
    rights => { '* -> deleted' => 'DeleteTicket', '* -> *' => 'ModifyTicket' },
    actions => ['new -> open' => { label => 'Open It', update => 'Respond' },
                'resolved -> closed' => { label => 'Accept', update => 'Comment' }],
});
# A token is verified by bcrypt at every request, 250 ms at the usual cost of 12. Set when it is made.
Set($BcryptCost, 4);
1;
"""


@contextmanager
def running_rt(cache: Path) -> Iterator[World]:
    """RT on a free port; the seeded database and the tokens are kept in ``cache``."""
    require((PACKAGE / "libexec" / "rt-server").exists(), "Request Tracker")
    version = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", "request-tracker5"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    kept = template(cache, "rt", [version, SITE, SEED.read_text()], _build)
    with short_folder() as folder:
        _site(folder, 0)
        shutil.copyfile(kept / "rt.sqlite3", folder / "rt.sqlite3")
        give(folder)

        def command(port: int) -> list[str]:
            _site(folder, port)
            server = f"{PACKAGE}/libexec/rt-server --server HTTP::Server::PSGI --host 127.0.0.1 --port {port}"
            return server.split()

        with serving(command, env=_env(folder), cwd=folder, log=folder / "server.log") as server:
            yield World(server.url, json.loads((kept / "tokens.json").read_text()))


def _build(kept: Path) -> None:
    """Make the folder with the seeded database and the tokens of its people."""
    with short_folder() as folder:
        _site(folder, 0)
        env, log = _env(folder), folder / "setup.log"
        run(["rt-setup-database-5", "--action", "init", "--skip-create"], env=env, cwd=folder, log=log)
        tokens = folder / "tokens.json"
        run(["perl", f"-I{PACKAGE}/lib", str(folder / "seed.pl")], env=env, cwd=folder, log=tokens)
        kept.mkdir()
        shutil.copyfile(folder / "rt.sqlite3", kept / "rt.sqlite3")
        (kept / "tokens.json").write_text(tokens.read_text().splitlines()[-1])


def _site(folder: Path, port: int) -> None:
    for name in ("site.d", "mason", "session", "var"):
        (folder / name).mkdir(exist_ok=True)
    config = SITE.replace("{folder}", str(folder)).replace("{port}", str(port))
    (folder / "RT_SiteConfig.pm").write_text(config)
    shutil.copyfile(SEED, folder / "seed.pl")
    give(folder)


def _env(folder: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "RT_SITE_CONFIG": str(folder / "RT_SiteConfig.pm"),
        "RT_SITE_CONFIG_DIR": str(folder / "site.d"),
    }
