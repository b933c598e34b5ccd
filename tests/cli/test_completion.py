"""Completion in real shells, and the manual page through a real formatter."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spirou_cli.cli.tree import COMMANDS
from tests.cli.program import Program

COMPLETING = {"_SPIROU_COMPLETE": "1"}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path, {"SPIROU_FOLDER": str(tmp_path / "Shared")})
    program.run("add", "Book the dentist")
    program.run("add", "$(touch pwned) `touch pwned` \\$(touch pwned)", "--draft")
    return program


def candidates(program: Program, *words: str) -> dict[str, str]:
    lines = program.run(*words, **COMPLETING).out.splitlines()
    return dict(line.split("\t") for line in lines)


def test_tasks_have_their_titles_beside_them(program: Program) -> None:
    """Where a task is meant, its numbers come with titles, narrowed by what is typed."""
    assert candidates(program, "show", "")["1"] == "Book the dentist"
    assert candidates(program, "show", "2").keys() == {"2"}
    assert candidates(program, "accept", "1", "") != {}


def test_what_stands_where(program: Program) -> None:
    """Commands, options, providers, kinds, preferences and shells, each in their place."""
    assert candidates(program, "prov") == {"provider": "Who does the work: add, test, pause, remove."}
    assert candidates(program, "provider", "te").keys() == {"test"}
    assert candidates(program, "provider", "test", "") == {"folder": "folder"}
    assert candidates(program, "add", "x", "--to", "") == {"folder": "folder"}
    assert "folder" in candidates(program, "provider", "add", "--kind", "")
    assert candidates(program, "config", "set", "curr").keys() == {"currency"}
    assert "--dry-run" in candidates(program, "add", "--d")
    assert candidates(program, "nonsense", "") == {}


def shell_home(program: Program) -> dict[str, str]:
    """An environment whose ``spirou`` is this one."""
    place = program.home / "bin"
    place.mkdir()
    here = Path(__file__).parents[2]
    (place / "spirou").write_text(f'#!/bin/sh\nPYTHONPATH={here} exec {sys.executable} -m spirou_cli "$@"\n')
    (place / "spirou").chmod(0o755)
    path = f"{place}:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(program.home), "LANG": "C.UTF-8", **program.environ}


def in_shell(program: Program, shell: str, script: str) -> str:
    done = subprocess.run(
        [
            shell,
            *(("--norc",) if shell == "bash" else ("-f",) if shell == "zsh" else ("--no-config",)),
            "-c",
            script,
        ],
        capture_output=True,
        text=True,
        cwd=program.home,
        env=shell_home(program),
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def test_bash_shows_titles_and_inserts_numbers(program: Program) -> None:
    """Several candidates carry their titles, one alone is the bare word; no title is ever run."""
    out = in_shell(
        program,
        "bash",
        'eval "$(spirou completion bash)"; COMP_TYPE=63\n'
        'COMP_WORDS=(spirou show ""); COMP_CWORD=2; _spirou; printf "%s|" "${COMPREPLY[@]}"; echo\n'
        "COMP_WORDS=(spirou show 1); COMP_CWORD=2; _spirou; printf '%s|' \"${COMPREPLY[@]}\"; echo\n"
        "COMP_WORDS=(spirou sho); COMP_CWORD=1; _spirou; printf '%s|' \"${COMPREPLY[@]}\"\n",
    )

    several, one, command = out.splitlines()
    assert several.startswith("1  Book the dentist|2  $(touch pwned) `touch pwned`")
    assert (one, command) == ("1|", "show|")
    assert not (program.home / "pwned").exists()


@pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh here")
def test_zsh_describes_each_number(program: Program) -> None:
    """zsh gets number and title apart, and runs neither."""
    out = in_shell(
        program,
        "zsh",
        'compdef() { : }; _describe() { printf "%s|" "${(@P)3}" }; _files() { : }\n'
        'eval "$(spirou completion zsh)"; words=(spirou show ""); CURRENT=3; _spirou',
    )

    assert out.startswith("1:Book the dentist|2:$(touch pwned)")
    assert not (program.home / "pwned").exists()


@pytest.mark.skipif(shutil.which("fish") is None, reason="no fish here")
def test_fish_completes(program: Program) -> None:
    """fish itself lists the numbers with their titles."""
    out = in_shell(program, "fish", "spirou completion fish | source; complete -C 'spirou show '")

    assert out.splitlines()[0] == "1\tBook the dentist"
    assert not (program.home / "pwned").exists()


def test_the_manual_has_every_command_and_is_clean_roff(program: Program) -> None:
    """Made of the tree, it names each command and every exit code; a formatter has nothing to complain of."""
    page = program.run("man").out
    known = program.run("help").out

    assert all(f'.SS "spirou {name}' in page for name in COMMANDS if f"  {name} " in known)
    assert "129, 130, 141, 143" in page
    if groff := shutil.which("groff"):
        done = subprocess.run(
            [groff, "-man", "-ww", "-z", "-Kutf8"], input=page, capture_output=True, text=True, check=False
        )
        assert done.stderr == ""


def test_an_unknown_shell_is_named(program: Program) -> None:
    """Exit 2 and the shells there are."""
    done = program.run("completion", "cmd")

    assert done.code == 2
    assert "bash, zsh, fish" in done.err
