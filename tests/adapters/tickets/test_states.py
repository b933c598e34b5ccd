"""The table of states: typed, proposed, looked up."""

from __future__ import annotations

import pytest

from spirou_cli.adapters import TaskState
from spirou_cli.adapters.tickets.states import StateTable, Status, check_states, propose

STATUSES = {
    "en": "New In_Progress Resolved Feedback Closed Rejected On_hold Not_started Canceled",
    "fr": "Nouveau En_cours Résolu Commentaire Fermé Rejeté En_pause Nouvelle Annulé",
}


def test_a_typed_table_is_read_as_written() -> None:
    """Rows keep their order, and a status may hold an equals sign."""
    table = StateTable.parse(" New=submitted ;In Progress = working; a = b = paused;")

    assert table.rows == (
        ("New", TaskState.SUBMITTED),
        ("In Progress", TaskState.WORKING),
        ("a = b", TaskState.PAUSED),
    )
    assert StateTable.parse(str(table)) == table


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("New", "«New» isn't of the form"),
        ("= working", "«= working» isn't of the form"),
        ("New = started", "«started» isn't one of"),
        ("New = queued", "«queued» isn't one of"),
        ("New = working; néw = paused", "«New» is there twice"),
    ],
)
def test_a_wrong_row_is_named(text: str, problem: str) -> None:
    """What is wrong is said with the row, or the word, that is wrong."""
    assert (check_states(text) or "").startswith(problem)


def test_a_status_is_found_without_case_and_accents() -> None:
    """People type names as they remember them; an unknown one has no state."""
    table = StateTable.parse("résolu = delivered")

    assert table.state_of("RESOLU") is TaskState.DELIVERED
    assert table.state_of("Elsewhere") is None


@pytest.mark.parametrize("language", STATUSES)
def test_usual_names_are_understood(language: str) -> None:
    """English and French names of usual statuses get the state that they mean."""
    names = [name.replace("_", " ") for name in STATUSES[language].split()]

    table = propose(Status(name) for name in names)

    assert [state.value for _, state in table.rows] == [
        "submitted",
        "working",
        "delivered",
        "input_required",
        "completed",
        "rejected",
        "paused",
        "submitted",
        "canceled",
    ]


def test_a_name_that_says_nothing_is_work_until_it_is_closed() -> None:
    """An odd status is proposed as work, an odd closed one as the end."""
    table = propose([Status("Moonshot"), Status("Landed", closed=True)])

    assert [state for _, state in table.rows] == [TaskState.WORKING, TaskState.COMPLETED]
