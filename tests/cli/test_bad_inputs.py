"""Every entry of the catalogue of bad inputs through the real program: argv, pipes, files, a provider."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from spirou_cli.domain.text import BODY_LIMIT, TITLE_LIMIT, has_visible, width
from tests.bad_inputs import ENTRIES, text_entries, value
from tests.cli.program import Done, Program

CATEGORIES = ("TRM", "MKP", "UNI", "ARG", "CSV", "INJ", "NET", "MSG", "ENV", "FIL", "NUM", "TIM")
BYTES = {str(entry["id"]): value(entry) for entry in ENTRIES if "base64" in entry}


def typable(text: str) -> bool:
    """Whether a shell could pass it: an argument has no NUL, and its bytes are somebody's."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


TYPED = {name: text for name, text in text_entries(*CATEGORIES).items() if typable(text)}
KEPT = {name: text for name, text in TYPED.items() if has_visible(text) and len(text) <= TITLE_LIMIT}


def violations(text: str) -> list[str]:
    """What must never reach a terminal or a pipe."""
    plain = text.replace("\r\n", "").replace("\n", "").replace("\t", "")
    return [
        f"U+{ord(c):04X}"
        for c in plain
        if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    ]


def is_clean(done: Done) -> None:
    """The promise of every answer: nothing that acts on the terminal, no trace of a bug."""
    for text in (done.out, done.err):
        assert violations(text) == []
        assert "Traceback" not in text
        assert "inside Spirou" not in text


@dataclass(frozen=True)
class World:
    """A person whose every title is an entry of the catalogue."""

    program: Program
    added: dict[str, Done]

    def number(self, entry: str) -> str:
        return str(json.loads(self.added[entry].out)["id"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Each entry typed as the title of a draft."""
    program = Program(tmp_path_factory.mktemp("typed"))
    return World(
        program, {name: program.fork("add", "--draft", "--json", "--", text) for name, text in TYPED.items()}
    )


@pytest.mark.parametrize("entry", TYPED)
def test_a_typed_title_is_kept_exactly_or_refused(world: World, entry: str) -> None:
    """A title that can be read is stored exactly; what shows nothing or is too long is exit 2."""
    done, text = world.added[entry], TYPED[entry]

    is_clean(done)
    if entry in KEPT:
        assert done.code == 0
        shown = json.loads(world.program.fork("show", world.number(entry), "--json").out)
        assert shown["title"] == text
    else:
        assert done.code == 2
        assert json.loads(done.out)["error"]["code"] == "INVALID_INPUT"


PAGES: list[Callable[[World], list[str]]] = [
    lambda world: ["list", "--all"],
    lambda world: ["list", "--plain"],
    lambda world: ["list", "--csv"],
    lambda world: ["list", "--json"],
    lambda world: ["status"],
    lambda world: ["status", "--json"],
    lambda world: ["--lang", "fr", "status"],
    lambda world: ["--accessible", "status"],
]


@pytest.mark.parametrize("page", range(len(PAGES)))
def test_no_page_of_many_tasks_lets_an_entry_out(world: World, page: int) -> None:
    """Pages of all these tasks, in a pipe and on terminals, act on nothing and keep their columns."""
    command = PAGES[page](world)

    is_clean(world.program.fork(*command))
    for columns in (80, 120):
        done = world.program.on_terminal(*command, columns=columns)
        is_clean(done)
        assert done.code == 0
        if not {"--csv", "--json", "--plain", "--accessible"} & set(command):
            assert max(map(width, done.out.splitlines())) <= columns


@pytest.mark.parametrize("entry", KEPT)
def test_a_task_of_its_own_is_shown_safely(world: World, entry: str) -> None:
    """One task with its history, in a pipe and, in French, on a terminal."""
    number = world.number(entry)

    is_clean(world.program.fork("show", number, "--history"))
    is_clean(world.program.on_terminal("show", number, "--history", "--lang", "fr"))


def test_a_csv_list_has_no_formula(world: World) -> None:
    """No title in a spreadsheet starts one."""
    import csv
    import io

    rows = csv.DictReader(io.StringIO(world.program.fork("list", "--csv", "--all").out, newline=""))
    titles = {row["id"]: row["title"] for row in rows}

    for entry in KEPT:
        if entry.startswith("CSV") and entry != "CSV12":
            assert titles[world.number(entry)].startswith("'"), entry


@pytest.mark.parametrize("entry", [entry for entry in TYPED if entry[:3] in ("ARG", "MKP", "CSV", "TRM")])
def test_any_words_can_be_searched_for(world: World, entry: str) -> None:
    """A search is words, never a query language; nothing to search for is a usage error."""
    text = TYPED[entry]

    done = world.program.fork("list", "--all", "--json", f"--search={text}")

    is_clean(done)
    assert done.code == (0 if text.strip() else 2)
    if entry in KEPT and done.code == 0 and any(char.isalnum() for char in text):
        assert int(world.number(entry)) in [task["id"] for task in json.loads(done.out)["tasks"]]


@pytest.mark.parametrize("entry", text_entries(*CATEGORIES))
def test_a_brief_from_a_pipe_or_a_file_is_kept_exactly(entry: str, world: World) -> None:
    """The same text as a brief: from standard input and from a file, a NUL is pictured or refused."""
    program, text = world.program, text_entries(*CATEGORIES)[entry]
    raw = text.encode("utf-8", "surrogatepass")
    (program.home / "brief.txt").write_bytes(raw)
    broken = any("\ud800" <= char <= "\udfff" for char in text)

    piped = program.fork("add", "--draft", "--json", "-F", "-", "Title", stdin=raw)
    filed = program.fork("add", "--draft", "--json", "-F", "brief.txt", "Title")

    for done, refused in ((piped, broken), (filed, broken or "\0" in text)):
        is_clean(done)
        assert done.code == (2 if refused else 0)
    if not broken:
        page = program.fork("show", str(json.loads(piped.out)["id"]), "--json")
        assert json.loads(page.out)["brief"] == text.replace("\0", "␀")


@pytest.mark.parametrize("entry", BYTES)
def test_broken_bytes_are_refused_with_their_place(entry: str, tmp_path: Path) -> None:
    """Bytes that are no text are named by argument and offset, exit 2, and nothing is stored."""
    program, raw = Program(tmp_path), BYTES[entry]
    assert isinstance(raw, bytes)
    (tmp_path / "brief.txt").write_bytes(raw)
    is_text = entry == "BYT08"

    done = [program.fork("add", "--draft", "-F", "brief.txt", "Title")]
    if b"\0" not in raw:
        done.append(program.run(b"add", b"--draft", b"--", raw))
        done.append(program.fork("add", "--draft", "-F", "-", "Title", stdin=raw))

    for answer in done:
        is_clean(answer)
        assert answer.code == (0 if is_text else 2)
        assert is_text or "byte " in answer.err
    listed = program.fork("list", "--all", "--json")
    assert len(json.loads(listed.out)["tasks"]) == (len(done) if is_text else 0)


@pytest.mark.parametrize("entry", [entry for entry in text_entries("SIZ") if entry != "SIZ12"])
def test_what_is_too_long_names_its_limit(entry: str, tmp_path: Path) -> None:
    """A long title and a long brief are refused with the limit; nothing is stored."""
    program, text = Program(tmp_path), text_entries("SIZ")[entry]
    (tmp_path / "long.txt").write_text(text, "utf-8", newline="")

    if len(text.encode()) < 100_000:
        titled = program.fork("add", "--draft", "--", text)
        is_clean(titled)
        assert (titled.code, str(TITLE_LIMIT) in titled.err) == (2, True)
    if len(text.encode()) > BODY_LIMIT:
        for done in (
            program.fork("add", "--draft", "-F", "long.txt", "Title"),
            program.fork("add", "--draft", "-F", "-", "Title", stdin=text[:3_000_000].encode()),
        ):
            is_clean(done)
            assert (done.code, "the limit is" in done.err) == (2, True)


@pytest.mark.parametrize("entry", text_entries("NUM", "TIM"))
def test_odd_figures_are_refused_and_nothing_is_saved(entry: str, tmp_path: Path) -> None:
    """An odd sum, time or date is exit 2 with the way to write it; minus zero is zero, 1970 a date."""
    program, text = Program(tmp_path), text_entries("NUM", "TIM")[entry]
    honest = {("NUM12", "--max-cost"), ("NUM12", "--max-time"), ("TIM01", "--due")}

    for option in ("--due",) if entry.startswith("TIM") else ("--max-cost", "--max-time"):
        done = program.fork("add", "--draft", f"{option}={text}", "Title", SPIROU_CURRENCY="EUR")
        is_clean(done)
        if (entry, option) not in honest:
            assert done.code == 2
            assert len(done.err.splitlines()) == 2
    listed = json.loads(program.fork("list", "--json").out)["tasks"]
    assert len(listed) <= len([1 for name, _ in honest if name == entry])


def test_a_title_that_looks_like_an_option_needs_two_dashes(tmp_path: Path) -> None:
    """-rf is told apart, and what stands behind -- is never an option."""
    program = Program(tmp_path)

    refused, kept = program.fork("add", "-rf"), program.fork("add", "--draft", "--json", "--", "--token")

    assert refused.code == 2
    assert "--" in refused.err.splitlines()[1]
    assert json.loads(kept.out)["title"] == "--token"


NAMES = [
    name
    for name in text_entries("FIL").values()
    if 0 < len(name.encode()) < 256 and not set(name) & {"/", "\0"}
]


@pytest.mark.parametrize("name", [name for name in NAMES if name != ".."])
def test_a_file_of_any_name_can_be_attached(name: str, tmp_path: Path) -> None:
    """The name of an attachment is data too."""
    program = Program(tmp_path)
    (tmp_path / name).write_bytes(b"x")

    done = program.fork("add", "--draft", "--json", "-a", f"./{name}", "Title")

    is_clean(done)
    assert done.code == 0
    is_clean(program.on_terminal("show", "1"))


# --- what an assistant writes in the shared folder ------------------------------------------------

PAGE = "Status: {status}\n\n## Questions\n\n{question}\n\n## Time\n\n12 min – {note}\n\n## Notes\n\n{note}\n"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A person who delegated two tasks to the folder in their home."""
    program = Program(tmp_path_factory.mktemp("shared"))
    for title in ("Book the dentist", "Find a plumber"):
        assert program.fork("add", title).code == 0
    return program


def says(program: Program, task: int, raw: bytes) -> None:
    """The assistant saves their page of a task."""
    (page,) = program.home.glob(f"Spirou/{task:04}-*/ANSWER.md")
    page.write_bytes(raw)


@pytest.mark.parametrize("entry", [*text_entries(*CATEGORIES), *BYTES])
def test_an_assistant_can_write_anything(entry: str, shared: Program) -> None:
    """Hostile text as question, note and time of a task, and as the state of another: both are read."""
    text = BYTES.get(entry) or text_entries(*CATEGORIES).get(entry, "")
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    page = PAGE.encode().replace(b"{question}", raw).replace(b"{note}", raw)
    says(shared, 1, page.replace(b"{status}", b"question"))
    says(shared, 2, page.replace(b"{status}", raw))

    synced, shown = shared.fork("sync"), shared.on_terminal("status")

    is_clean(synced)
    is_clean(shown)
    assert synced.code in (0, 1)
    assert "Needs you (" in shown.out


def test_all_that_an_assistant_wrote_is_on_clean_pages(shared: Program) -> None:
    """After all that, the whole thread and history, for a person and for a program."""
    for command in (["show", "1", "--history"], ["show", "1", "--thread"], ["show", "1", "--json"]):
        is_clean(shared.fork(*command))
        is_clean(shared.on_terminal(*command, "--lang", "fr"))
    document = json.loads(shared.fork("show", "1", "--json").out)
    assert {"question.text", "messages.text", "usage.note"} <= set(document["untrusted"])
    assert document["hidden_chars"] > 0


def test_hidden_words_of_an_assistant_are_counted(shared: Program) -> None:
    """A question with a hidden prompt is shown as such, and JSON says how much can't be seen."""
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "pay")
    says(shared, 1, PAGE.format(status="question", question=f"When?{hidden}", note="").encode())
    shared.fork("sync")

    task = json.loads(shared.fork("list", "--json").out)["tasks"][0]

    assert task["id"] == 1
    assert task["question"]["text"] == f"When?{hidden}"
    assert (task["hidden_chars"], "question.text" in task["untrusted"]) == (3, True)
    assert "<U+E0070>" in shared.on_terminal("status").out


def test_deliverables_of_any_name_stay_in_their_place(shared: Program) -> None:
    """Results with hostile names are taken without leaving the folder of files."""
    (task,) = shared.home.glob("Spirou/0001-*")
    (task / "results").mkdir(exist_ok=True)
    for name in NAMES:
        if name != "..":
            (task / "results" / name).write_bytes(name.encode())
    outside = {path for path in shared.home.rglob("*") if "results" not in path.parts}

    done = shared.fork("sync")

    is_clean(done)
    assert done.code in (0, 1)
    is_clean(shared.on_terminal("show", "1"))
    document = json.loads(shared.fork("show", "1", "--json").out)
    assert len(document["files"]) >= len(NAMES) - 4  # hidden files and partial downloads are nobody's results
    new = {path for path in shared.home.rglob("*") if "results" not in path.parts} - outside
    assert all("files" in path.parts for path in new if path.is_file() and "Spirou" not in path.parts), new
