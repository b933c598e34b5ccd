"""A real Redmine from Debian's package, on SQLite, as an ordinary user; its database is seeded once."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.backends.redmine.world import World
from tests.backends.servers import give, require, run, serving, short_folder, template

PACKAGE = Path("/usr/share/redmine")
SEED = Path(__file__).with_name("seed.rb")

DATABASE = """
production:
  adapter: sqlite3
  database: {database}
  timeout: 5000
  pool: 10
"""


@contextmanager
def running_redmine(cache: Path) -> Iterator[World]:
    """Redmine on a free port; the seeded database is kept in ``cache``."""
    require(PACKAGE.is_dir(), "Redmine")
    with short_folder() as folder:
        _copy_package(folder)
        run(["bundle", "install", "--local"], env=_env(folder), cwd=folder / "app", log=folder / "setup.log")
        made_of = [_version("redmine"), _version("ruby-rails"), SEED.read_text()]
        kept = template(cache, "redmine", made_of, lambda path: _seed(folder, path))
        shutil.copyfile(kept, _database(folder))
        give(_database(folder))
        server = serving(
            lambda port: f"bundle exec rails server -u webrick -e production -b 127.0.0.1 -p {port}".split(),
            env=_env(folder),
            cwd=folder / "app",
            log=folder / "server.log",
        )
        with server as running:
            yield World(running.url)


def _copy_package(folder: Path) -> None:
    app = folder / "app"
    shutil.copytree(PACKAGE, app, symlinks=True)
    for name in ("instances", "Gemfile.lock", "config/database.yml", "public/plugin_assets"):
        _remove(app / name)
    instance = app / "instances" / "test"
    for name in ("config", "files", "log", "tmp/cache", "public/plugin_assets"):
        (instance / name).mkdir(parents=True)
    (app / "public" / "plugin_assets").mkdir()
    (instance / "config" / "database.yml").write_text(DATABASE.format(database=_database(folder)))
    (instance / "config" / "secret_key.txt").write_text(secrets.token_hex(32))
    # Debian's Gemfile looks for database.yml in the package only.
    _replace(app / "Gemfile", f"{PACKAGE}/{{", f"{app}/{{")
    (app / "Gemfile.local").write_text("gem 'webrick'\n")
    # Loading everything first doubles the time to start.
    _replace(app / "config" / "environments" / "production.rb", "eager_load = true", "eager_load = false")
    # The tree of the tests may be closed to the ordinary user.
    shutil.copyfile(SEED, folder / SEED.name)
    give(folder)


def _seed(folder: Path, kept: Path) -> None:
    for step in (
        "bundle exec rake db:migrate",
        "bundle exec rake redmine:load_default_data",
        f"bundle exec rails runner {folder / SEED.name}",
    ):
        run(step.split(), env=_env(folder), cwd=folder / "app", log=folder / "setup.log")
    shutil.move(_database(folder), kept)


def _database(folder: Path) -> Path:
    return folder / "app" / "instances" / "test" / "redmine.sqlite3"


def _env(folder: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        # Ruby's bundled Bundler outranks Debian's, which alone finds Debian's gems.
        "BUNDLER_VERSION": "2.3.15",
        "BUNDLE_GEMFILE": str(folder / "app" / "Gemfile"),
        "RAILS_ENV": "production",
        "REDMINE_INSTANCE": "test",
        "REDMINE_LANG": "en",
        "SCHEMA": "/dev/null",
    }


def _version(package: str) -> str:
    shown = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True, check=True
    )
    return shown.stdout


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _replace(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))
