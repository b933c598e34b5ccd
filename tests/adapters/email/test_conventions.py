"""What an assistant's words say, and what they leave to the person."""

from __future__ import annotations

import pytest

from spirou_cli.adapters import TaskState
from spirou_cli.adapters.email.conventions import Reading, read_words

DONE, REFUSED, WORKING = TaskState.DELIVERED, TaskState.REJECTED, TaskState.WORKING

DONE_WORDS = [
    "Done",
    "done.",
    "DONE!",
    "It's done",
    "It’s all done :)",
    "Finished, thanks",
    "I have finished it.",
    "Task completed.",
    "OK, done!",
    "Hello Anna,\n\nDone.\n\nJulie",
    "Cher Marc,\n\nTerminé.",
    "The dentist is booked for Tuesday 9:00. Done.",
    "Terminé",
    "C'est fait !",
    "C’est terminé.",
    "Bonjour Anna,\n\nTout est fini.\n\nJulie",
    "J'ai terminé",
    "Done, please see attached.",
    "Done – see the attached file",
    "Done, 12 min, see below.",
    "C'est fait : voir pièce jointe.",
    "Voilà, c'est fait. Merci",
]


@pytest.mark.parametrize("text", DONE_WORDS)
def test_done_is_understood_in_both_languages(text: str) -> None:
    """A sentence that says nothing but «done» says it."""
    assert read_words(text).state is DONE


NOT_DONE = [
    "Almost done",
    "Not done yet.",
    "I'll be done by noon.",
    "When it is done I will tell you.",
    "Done with the first part.",
    "Is it done?",
    "Done, but the second one is missing.",
    "Done. However one shop remains.",
    "Done – for now",
    "Terminé, sauf la facture.",
    "Pas encore terminé.",
    "C'est presque fait",
    "C'est fait ?",
    "The job is well done work.",
    "Undone",
    "Done. Shall I also call the other one?",
    "Done\n\nPlease confirm the address.",
    "Cancelled.",
    "OK",
    "Impossible.",
    "",
]


@pytest.mark.parametrize("text", NOT_DONE)
def test_what_may_mean_something_else_changes_nothing(text: str) -> None:
    """Half a «done», a promise, a condition or a question is left to the person."""
    assert read_words(text).state is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Refused", None),
        ("Refused: it would take more than 15 minutes", "it would take more than 15 minutes"),
        ("Sorry, I can't do this.", None),
        ("I cannot do it because the shop is closed.", "because the shop is closed."),
        ("Refusé : trop long", "trop long"),
        ("Désolée, je ne peux pas le faire.", None),
        ("Je refuse cette tâche, c'est illégal", "c'est illégal"),
    ],
)
def test_a_refusal_has_its_reason(text: str, reason: str | None) -> None:
    """A refusal is one only when the sentence is about the task; its reason is what follows."""
    reading = read_words(text)

    assert (reading.state, reading.reason) == (REFUSED, reason)


@pytest.mark.parametrize(
    "text", ["I can't do it before Friday.", "The shop refused.", "Je ne peux pas demain."]
)
def test_a_difficulty_is_not_a_refusal(text: str) -> None:
    """Somebody else's «no» and «not before Friday» decide nothing."""
    assert read_words(text).state is None


@pytest.mark.parametrize(
    "text",
    ["On it!", "I'm working on it.", "I'll take care of it tomorrow", "Je m'en occupe", "C'est en cours."],
)
def test_begun_work_is_working(text: str) -> None:
    """«On it» says that somebody has begun."""
    assert read_words(text).state is WORKING


@pytest.mark.parametrize("text", ["Task stopped.", "Task cancelled, 5 min", "Tâche arrêtée."])
def test_a_stopped_task_is_canceled(text: str) -> None:
    """The answer that our cancel asks for confirms it."""
    assert read_words(text).state is TaskState.CANCELED


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("Done, 12 min", 12),
        ("Done, 12 min.", 12),
        ("Done (12 minutes)", 12),
        ("Done in 12'", 12),
        ("Done - 1h30", 90),
        ("Done.\nIt took me 1 hour and 5 minutes", 65),
        ("Done, 1.5 hours", 90),
        ("Done – half an hour", 30),
        ("Terminé, 1h30", 90),
        ("Terminé, 0,5 h", 30),
        ("Fait en 12mn", 12),
        ("C'est fait.\nTemps passé : 1 h 05", 65),
        ("C'est fait, un quart d'heure", 15),
        ("Time: 12 min", 12),
        ("Time spent: 1h", 60),
        ("I spent 25 minutes", 25),
        ("J'ai passé environ 20 min", 20),
        ("Temps : 45 minutes", 45),
    ],
)
def test_time_worked_is_understood(text: str, minutes: int) -> None:
    """Minutes and hours in the spellings that people use."""
    assert read_words(text).seconds == minutes * 60


@pytest.mark.parametrize(
    "text",
    [
        "12 min",
        "12 min – the walk from the station",
        "The train takes 1h30.",
        "It is 12 min from the station",
        "Time: 1:30",
        "Done, 1h75",
        "Done, 12",
        "Done, 12 min. Time spent: 20 min",
        "Between 10 and 20 min",
        "Départ à 14 h 30",
    ],
)
def test_a_time_that_may_be_something_else_is_not_counted(text: str) -> None:
    """A journey, a clock time, two different times: nobody is billed for a guess."""
    assert read_words(text).seconds is None


def test_a_total_is_told_from_an_addition() -> None:
    """«45 min in total» replaces what was said before; «12 min more» adds to it."""
    assert read_words("Done, 45 min in total").total
    assert read_words("C'est fait, 45 min au total").total
    assert not read_words("Done, 45 min").total


def test_time_has_its_note() -> None:
    """What stands in brackets or behind a dash after the time says what it was for."""
    worked = Reading(seconds=720, note="called two dentists")

    for text in ("Time: 12 min (called two dentists)", "Time: 12 min – called two dentists."):
        assert read_words(text) == worked


@pytest.mark.parametrize(
    "text",
    [
        "Tuesday 9:00 or Thursday 16:30?",
        "Hello,\n\nWhich one do you prefer?\n\nJulie",
        "Please confirm the date.",
        "Could you send me the card number",
        "I need your date of birth",
        "Let me know which one you want.",
        "Mardi ou jeudi ?",
        "Merci de me confirmer la date.",
        "J'ai besoin de votre numéro de client",
        "Pouvez-vous me dire à quelle heure",
        "Dites-moi quand vous êtes libre.",
    ],
)
def test_questions_are_recognised(text: str) -> None:
    """A question mark, or words that ask without one."""
    assert read_words(text).question


@pytest.mark.parametrize(
    "text",
    [
        "How are you?",
        "Comment allez-vous ?",
        "Done. Anything else?",
        "Let me know if you need anything else.",
        "Please let me know if you have any questions.",
        "N'hésitez pas si vous avez des questions.",
        "See https://example.org/?q=1",
        "They asked whether you are coming.",
    ],
)
def test_politeness_and_links_ask_nothing(text: str) -> None:
    """What people write out of habit doesn't wait for an answer."""
    assert not read_words(text).question


def test_offered_answers_are_choices() -> None:
    """A list that counts up from 1 or a, under a question, can be answered by its number."""
    numbered = read_words("Which one?\n1) Tuesday 9:00\n2) Thursday 16:30")
    lettered = read_words("Lequel ?\na. le bleu\nb. le rouge")
    uncounted = read_words("Which one?\n3) Tuesday\n7) Thursday")

    assert numbered.choices == ("Tuesday 9:00", "Thursday 16:30")
    assert lettered.choices == ("le bleu", "le rouge")
    assert uncounted.choices == ()
