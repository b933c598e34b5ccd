"""The assistant's page: what people type is understood, and never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spirou_cli.adapters import TaskState
from spirou_cli.adapters.folder.reading import (
    Page,
    Work,
    decoded,
    encoded_like,
    is_blank,
    read_page,
    restated,
    state_of,
)
from spirou_cli.adapters.folder.words import ENGLISH, FRENCH, LANGUAGES, answer_page


@pytest.mark.parametrize("words", LANGUAGES, ids=["en", "fr"])
def test_the_empty_page_says_to_do_and_nothing_else(words: object) -> None:
    """Not one of Spirou's own lines is taken for the assistant's."""
    page = read_page(answer_page(words, 14, "14-3fa9c21b"))  # type: ignore[arg-type]

    assert page == Page(status=words.to_do)  # type: ignore[attr-defined]
    assert state_of(page.status or "") == (TaskState.SUBMITTED, None)


def test_a_day_of_work_is_read() -> None:
    """Status, questions, time and notes, each where a person would write it."""
    page = answer_page(ENGLISH, 14, "14-3fa9c21b")
    page = page.replace("Status: to do", "Status: question")
    page = page.replace("## Time", "- Morning or afternoon?\n- Which insurance?\n\n## Time")
    page = page.replace("## Notes", "12 min – called two dentists\n* 1 h 05: went there\n\n## Notes")
    page = page.replace("\n---", "They have 10:00\non Tuesday.\n\nParking is free.\n\n---")

    assert read_page(page) == Page(
        status="question",
        questions=("Morning or afternoon?", "Which insurance?"),
        notes=("They have 10:00\non Tuesday.", "Parking is free."),
        work=(Work(720, "called two dentists"), Work(3900, "went there")),
    )


def test_the_same_day_in_french() -> None:
    """With capitals, without accents, with a space before the colon: as people type."""
    page = answer_page(FRENCH, 14, "14-3fa9c21b")
    page = page.replace("Statut\u00a0: à faire", "STATUT : Termine")
    page = page.replace("## Temps", "Quel jour ?\n## TEMPS PASSÉ :")
    page = page.replace("## Remarques", "12 mn : appelé deux dentistes\n1h30 trajet\n## Remarques")

    read = read_page(page)

    assert read == Page(
        status="Termine",
        questions=("Quel jour ?",),
        work=(Work(720, "appelé deux dentistes"), Work(5400, "trajet")),
    )
    assert state_of("Termine") == (TaskState.DELIVERED, None)


def test_a_page_written_from_scratch_is_read() -> None:
    """Somebody who deletes everything and just writes is understood as far as labels go."""
    text = "Hi!\nstatus: done\nQuestion: who pays?\n12 min – phone\n\nSee you"

    assert read_page(text) == Page(
        status="done", questions=("who pays?",), notes=("Hi!", "See you"), work=(Work(720, "phone"),)
    )


def test_words_typed_behind_a_help_line_count() -> None:
    """A cursor left at the end of Spirou's own line loses nobody's words."""
    page = answer_page(ENGLISH, 14, "14-3fa9c21b")
    page = page.replace("called two dentists)", "called two dentists) 7 min – mail")

    assert read_page(page).work == (Work(420, "mail"),)


STATES = {
    "to do": TaskState.SUBMITTED,
    "À FAIRE": TaskState.SUBMITTED,
    "Working": TaskState.WORKING,
    "en cours…": None,
    "in progress": TaskState.WORKING,
    "Je m’en occupe": TaskState.WORKING,
    "question": TaskState.INPUT_REQUIRED,
    "**Done!**": TaskState.DELIVERED,
    "done ✔": TaskState.DELIVERED,
    "finished.": TaskState.DELIVERED,
    "Terminée": TaskState.DELIVERED,
    "livré (voir resultats)": TaskState.DELIVERED,
    "on-hold": TaskState.PAUSED,
    "cancelled": TaskState.CANCELED,
    "échec": TaskState.FAILED,
    "not done": None,
    "done soon": None,
    "almost done": None,
    "waiting": None,
    "pas fini": None,
    "undone": None,
    "exploded": None,
    "\u202edone": None,
}


@pytest.mark.parametrize(("word", "state"), STATES.items(), ids=STATES.keys())
def test_a_state_is_known_or_none(word: str, state: TaskState | None) -> None:
    """«almost done» is not done: what isn't surely known is None."""
    assert state_of(word)[0] is state


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("refused: we don't phone abroad", "we don't phone abroad"),
        ("Refusé – trop loin", "trop loin"),
        ("refused because it is illegal", "it is illegal"),
        ("can't do it, no car", "no car"),
        ("impossible car fermé", "fermé"),
    ],
)
def test_a_refusal_has_its_reason(words: str, reason: str) -> None:
    """What stands after the word is why."""
    assert state_of(words) == (TaskState.REJECTED, reason)


TIMES = {
    "12 min – called": Work(720, "called"),
    "12min called": Work(720, "called"),
    "12 minutes: called": Work(720, "called"),
    "1 h 30 – went there": Work(5400, "went there"),
    "1h30": Work(5400, ""),
    "1,5 h trajet": Work(5400, "trajet"),
    "1.5 hours – drive": Work(5400, "drive"),
    "called two dentists – 12 min": Work(720, "called two dentists"),
    "called at 10:30 (12 min)": Work(720, "called at 10:30"),
    "12": Work(720, ""),
    "12 – called": Work(720, "called"),
    "[x] 5 min – mail": Work(300, "mail"),
    "2 h": Work(7200, ""),
    "12 min – called 3 dentists": Work(720, "called 3 dentists"),
    "90 m – cleaned 30 m of fence": Work(5400, "cleaned 30 m of fence"),
}


@pytest.mark.parametrize(("line", "work"), TIMES.items(), ids=TIMES.keys())
def test_a_line_of_time_is_read(line: str, work: Work) -> None:
    """Time first or last, with or without words, in minutes unless another unit is named."""
    assert read_page(f"## Time\n{line}\n").work == (work,)


@pytest.mark.parametrize(
    "line", ["a while", "called at ten", "12:30 – 13:00", "2 days", "99999999999 min – x"]
)
def test_a_line_without_clear_time_is_kept_as_unread(line: str) -> None:
    """No time is invented: the line is named to the person."""
    page = read_page(f"## Time\n{line}\n")

    assert (page.work, page.unread) == ((), (line,))


def test_minutes_in_a_remark_are_not_work() -> None:
    """«15 min from the station» in the notes costs nobody anything."""
    page = read_page("## Time\n\n## Notes\n15 min from the station\n")

    assert (page.work, page.notes) == ((), ("15 min from the station",))


def test_no_time_at_all_is_not_news() -> None:
    """«0 min» reports nothing."""
    assert read_page("## Time\n0 min – nothing yet\n") == Page()


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp1252"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_editor_will_do(encoding: str, newline: str) -> None:
    """Notepad, TextEdit, an old Windows: the page reads the same."""
    text = "Statut : terminé\n\n## Temps\n12 min – réservé à Œting\n"
    raw = text.replace("\n", newline).encode(encoding)

    assert read_page(decoded(raw)) == Page(status="terminé", work=(Work(720, "réservé à Œting"),))


@pytest.mark.parametrize("raw", [b"", b"\0" * 4096, b"\r\n \t\r\n", b"\xef\xbb\xbf"])
def test_a_page_that_is_only_room_is_blank(raw: bytes) -> None:
    """Zero bytes, or the zeros that a crash leaves, say nothing."""
    assert is_blank(raw)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_setting_the_status_leaves_the_rest_as_saved(encoding: str) -> None:
    """Only the word after the label changes: not the encoding, not the ends of lines, not a space."""
    raw = "Statut : terminé  \r\n\r\n- 12 min – réservé\r\n\tfin".encode(encoding)

    again = encoded_like(raw, restated(decoded(raw), "à reprendre"))

    assert again == "Statut : à reprendre\r\n\r\n- 12 min – réservé\r\n\tfin".encode(encoding)


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reading(raw: bytes) -> None:
    """Whatever is in the file, it reads, and its words can be stored."""
    page = read_page(decoded(raw))

    for text in (*page.questions, *page.notes, *page.unread, page.status or ""):
        text.encode("utf-8")


@given(st.text(alphabet="12 minh:–-.,()[]*# \nTimestaquo?", max_size=200))
def test_no_shape_of_lines_breaks_the_reading(text: str) -> None:
    """Every line of time has some seconds."""
    assert all(work.seconds > 0 for work in read_page(f"## Time\n{text}").work)


@pytest.mark.parametrize("unit", ["-", " ", "1", "# ", "12 min ", "1 h ", "*", "a: ", "(", "?\n", "\u00a0"])
def test_a_huge_page_is_read_without_delay(unit: str) -> None:
    """A huge page of anything, on one line under any heading, never become hours of searching."""
    for heading in ("", "## Time\n", "## Questions\n", "Status: "):
        read = read_page(heading + unit * (50_000 // len(unit)))
        state_of(read.status or "")
