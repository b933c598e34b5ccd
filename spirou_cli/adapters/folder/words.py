"""The words of a task folder in English and French: what Spirou writes, and what people write back."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from spirou_cli.domain.states import TaskState

__all__ = [
    "LANGUAGES",
    "QUESTIONS",
    "REMARKS",
    "STATES",
    "STATUS",
    "TIME",
    "Words",
    "answer_page",
    "folded",
    "is_ours",
    "without_help",
    "words_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language: the names of files, and the sentences in them."""

    locale: str
    # names in a task folder
    brief: str
    answer: str
    messages: str
    accepted: str
    canceled: str
    files: str
    results: str
    # the page that explains the whole folder
    readme: str
    readme_text: str
    # the brief
    colon: str
    first_of_month: str
    task: str
    """The line by which Spirou finds the task again, whatever its folder is called now."""
    explanation: str
    at_most: str
    labels: dict[str, str]
    # the assistant's page
    page_title: str
    page_help: str
    status: str
    to_do: str
    to_do_again: str
    status_help: str
    questions: str
    questions_help: str
    time: str
    time_help: str
    notes: str
    notes_help: str
    # messages and marks
    message: str
    sent_back: str
    changed: str
    see_brief: str
    attached: str
    accepted_text: str
    canceled_text: str


ENGLISH = Words(
    locale="en_GB",
    brief="BRIEF.md",
    answer="ANSWER.md",
    messages="MESSAGES.md",
    accepted="ACCEPTED.md",
    canceled="CANCELED.md",
    files="files",
    results="results",
    readme="README.md",
    readme_text="""\
# Tasks for you

Each folder here is one task. In it:

- BRIEF.md says what is asked, and by when;
- ANSWER.md is your page: where the work stands, your questions, the time you spent;
- the folder "files" has what you may need;
- the folder "results" is for what you make.

MESSAGES.md appears when somebody answers you. CANCELED.md means: please stop.
ACCEPTED.md means: thank you, nothing is left to do.
""",
    colon=":",
    first_of_month="1",
    task="Task {number} · ref. {ref}",
    explanation="""\
This is a task for you. On the page ANSWER.md, beside this one, please write where it stands, what you
need to know, and the time you spent. Put what you make in the folder "results".""",
    at_most="at most {limit}",
    labels={
        "due": "Due",
        "time": "Time",
        "cost": "Cost",
        "priority": "Priority",
        "project": "Project",
        "tags": "Tags",
        "sender": "From",
        "files": "Files to use",
        "high": "high",
        "low": "low",
    },
    page_title="# Your page for task {number}",
    page_help="What you write here is read each time you save it. Nothing can break.",
    status="Status",
    to_do="to do",
    to_do_again="to do again",
    status_help="(Change it to: working, question, done, or refused and why.)",
    questions="Questions",
    questions_help="(One per line. The answers come in MESSAGES.md.)",
    time="Time",
    time_help="(One line for each piece of work. For example: 12 min – called two dentists)",
    notes="Notes",
    notes_help='(Anything to tell. The files you make go in the folder "results".)',
    message="message",
    sent_back="not finished yet",
    changed="the brief has changed",
    see_brief="Please read BRIEF.md again.",
    attached="In the folder “files”: {names}",
    accepted_text="# Accepted\n\nThank you. Nothing is left to do here.\n",
    canceled_text="# Canceled\n\nPlease stop working on this task. "
    "If you have spent time on it, write it in ANSWER.md, with “Status: canceled”.\n",
)

FRENCH = Words(
    locale="fr_FR",
    brief="CONSIGNES.md",
    answer="REPONSE.md",
    messages="MESSAGES.md",
    accepted="ACCEPTE.md",
    canceled="ANNULE.md",
    files="fichiers",
    results="resultats",
    readme="LISEZMOI.md",
    readme_text="""\
# Des tâches pour vous

Chaque dossier est une tâche. Dedans :

- CONSIGNES.md dit ce qui est demandé, et pour quand ;
- REPONSE.md est votre page : où en est le travail, vos questions, le temps passé ;
- le dossier « fichiers » contient ce qui peut vous servir ;
- le dossier « resultats » est pour ce que vous produisez.

MESSAGES.md apparaît quand on vous répond. ANNULE.md veut dire : arrêtez, s’il vous plaît.
ACCEPTE.md veut dire : merci, il n’y a plus rien à faire.
""",
    colon="\u00a0:",
    first_of_month="1er",
    task="Tâche {number} · réf. {ref}",
    explanation="""\
Voici une tâche pour vous. Sur la page REPONSE.md, à côté de celle-ci, écrivez où elle en est, ce que
vous avez besoin de savoir et le temps passé. Mettez ce que vous produisez dans le dossier « resultats ».""",
    at_most="au plus {limit}",
    labels={
        "due": "Pour le",
        "time": "Temps",
        "cost": "Coût",
        "priority": "Priorité",
        "project": "Projet",
        "tags": "Étiquettes",
        "sender": "De",
        "files": "Fichiers utiles",
        "high": "haute",
        "low": "basse",
    },
    page_title="# Votre page pour la tâche {number}",
    page_help="Ce que vous écrivez ici est lu à chaque enregistrement. Rien ne peut casser.",
    status="Statut",
    to_do="à faire",
    to_do_again="à reprendre",
    status_help="(Remplacez par : en cours, question, terminé, ou refusé et pourquoi.)",
    questions="Questions",
    questions_help="(Une par ligne. Les réponses arrivent dans MESSAGES.md.)",
    time="Temps",
    time_help="(Une ligne par travail. Par exemple : 12 min – appelé deux dentistes)",
    notes="Remarques",
    notes_help="(Tout ce qui est utile. Les fichiers produits vont dans le dossier « resultats ».)",
    message="message",
    sent_back="à reprendre",
    changed="les consignes ont changé",
    see_brief="Relisez CONSIGNES.md, s’il vous plaît.",
    attached="Dans le dossier « fichiers » : {names}",
    accepted_text="# Accepté\n\nMerci. Il n’y a plus rien à faire ici.\n",
    canceled_text="# Annulé\n\nArrêtez cette tâche, s’il vous plaît. "
    "Si vous y avez passé du temps, notez-le dans REPONSE.md, avec « Statut : annulé ».\n",
)

LANGUAGES = (ENGLISH, FRENCH)


def words_of(language: str) -> Words:
    """The words of a language; English where there are none."""
    return FRENCH if language.startswith("fr") else ENGLISH


def answer_page(words: Words, number: int, ref: str) -> str:
    """The assistant's own page, still to be filled."""
    return f"""\
{words.page_title.format(number=number)}

{words.page_help}

{words.status}{words.colon} {words.to_do}
{words.status_help}

## {words.questions}

{words.questions_help}

## {words.time}

{words.time_help}

## {words.notes}

{words.notes_help}

---
{words.task.format(number=number, ref=ref)}
"""


# --- what people write ---------------------------------------------------------------------------


def folded(text: str) -> str:
    """Text without what people leave out or vary: case, accents, quotes, dashes, double spaces."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(plain.casefold().replace("\u2019", "'").replace("-", " ").split())


STATUS = frozenset({"status", "statut", "state", "etat"})
QUESTIONS = frozenset({"question", "questions"})
TIME = frozenset({"time", "time spent", "temps", "temps passe"})
REMARKS = frozenset({"note", "notes", "remark", "remarks", "remarque", "remarques", "message", "messages"})

_SAID: dict[TaskState, str] = {
    TaskState.SUBMITTED: "to do|todo|to do again|new|not started|a faire|a reprendre|nouveau|pas commence",
    TaskState.WORKING: "working|working on it|in progress|started|doing|doing it|wip|ongoing"
    "|en cours|commence|j'y travaille|je m'en occupe|travail en cours",
    TaskState.INPUT_REQUIRED: "question|questions|waiting for you|waiting for an answer"
    "|need an answer|en attente de reponse",
    TaskState.AUTH_REQUIRED: "access|need access|need an access|password"
    "|acces|besoin d'un acces|mot de passe",
    TaskState.PAUSED: "paused|on hold|pause|en pause|suspendu|suspendue",
    TaskState.DELIVERED: "done|finished|complete|completed|delivered|ready|all done|ok done"
    "|fini|finie|termine|terminee|fait|faite|livre|livree|pret|prete|c'est fait",
    TaskState.REJECTED: "refused|declined|rejected|can't|cannot|can't do|can't do it|won't do"
    "|refuse|refusee|decline|declinee|impossible",
    TaskState.FAILED: "failed|failure|gave up|echec|echoue|rate|ratee",
    TaskState.CANCELED: "canceled|cancelled|stopped|annule|annulee|arrete|arretee",
}
STATES = {phrase: state for state, phrases in _SAID.items() for phrase in phrases.split("|")}
"""What people call a state, folded."""

_HELP = tuple(
    line
    for words in LANGUAGES
    for line in (
        words.page_help,
        words.status_help,
        words.questions_help,
        words.time_help,
        words.notes_help,
    )
)
_SIGNS = tuple(
    re.compile(folded(sign).replace("{number}", "[0-9]+").replace("{ref}", "[0-9]+ [0-9a-f]+"))
    for words in LANGUAGES
    for sign in (words.page_title, words.task)
)


def without_help(line: str) -> str:
    """What the assistant wrote on a line, where they began at the end of one of ours."""
    plain = line.strip()
    for help_line in _HELP:
        if plain.startswith(help_line):
            return plain[len(help_line) :]
    return line


def is_ours(line: str) -> bool:
    """Whether a line is part of the empty page, not something that the assistant wrote."""
    plain = folded(line)
    return plain in ("", "---") or any(sign.fullmatch(plain) for sign in _SIGNS)
