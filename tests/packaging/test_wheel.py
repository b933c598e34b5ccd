"""What is shipped: the wheel works with the source gone, and holds what it should and no more."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from it."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)],
        check=True,
        capture_output=True,
    )
    return out


def test_the_wheel_has_the_program_its_words_and_its_plans(built: Path) -> None:
    """Code, compiled messages, catalogue, licence; no tests, no sources of messages."""
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()

    assert "spirou_cli/locale/fr/LC_MESSAGES/spirou.mo" in names
    assert "spirou_cli/catalogue/timesvr.toml" in names
    assert "spirou_cli/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests", "docs")) or name.endswith(".po")]


def test_the_sdist_has_what_a_packager_needs(built: Path) -> None:
    """The tests and the docs travel with the source."""
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "hatch_build.py"} <= names
    assert "tests/packaging/test_wheel.py" in names
    assert "spirou_cli/locale/fr/LC_MESSAGES/spirou.po" in names


def test_the_wheel_runs_with_the_source_gone(built: Path, tmp_path: Path) -> None:
    """Installed elsewhere, it delegates a first task in French."""
    (wheel,) = built.glob("*.whl")
    place = tmp_path / "venv"
    venv.create(place, system_site_packages=False, with_pip=False)
    site = next(place.glob("lib/python*/site-packages"))
    # What it depends on is borrowed from here; Spirou itself comes from the wheel alone.
    (site / "borrowed.pth").write_text("\n".join(p for p in sys.path if p.endswith("site-packages")))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    environment = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "SPIROU_FOLDER": str(tmp_path / "shared"),
        "SPIROU_LANG": "fr",
    }

    done = subprocess.run(
        [place / "bin" / "python", "-m", "spirou_cli", "add", "Prendre rendez-vous chez le dentiste"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "Enregistrée sous le numéro 1."
    assert (tmp_path / "shared" / "0001-prendre-rendez-vous-chez-le-dentiste").is_dir()
