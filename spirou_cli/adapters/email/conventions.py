"""What an assistant naturally writes, in English and French, read only when it can mean one thing.

Each sentence is matched whole: "Done, 12 min." says something, "almost done" and "I'll be done by
noon" say nothing here, and the message is shown for the person to decide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from spirou_cli.domain.states import TaskState

__all__ = ["Reading", "read_words"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message says beyond its words; None and empty where it doesn't."""

    state: TaskState | None = None
    native: str = ""
    """The words that say the state, as written."""
    reason: str | None = None
    """Why it was refused, when that is said in the same sentence."""
    seconds: int | None = None
    total: bool = False
    """The time is the whole task's so far, not this message's."""
    note: str = ""
    """What the time was for, if that is said in brackets after it."""
    question: bool = False
    choices: tuple[str, ...] = ()


def read_words(text: str) -> Reading:
    """Read a message's own words (quotation and signature already cut)."""
    sentences = _sentences(text)
    question = any(map(_asks, sentences))
    states = [said for words in sentences if (said := _state(words))]
    # two states, or a state and a question ("Done. Shall I call the other one too?"), are the person's
    unclear = question or len({state for state, *_ in states}) != 1
    state, native, reason = (None, "", None) if unclear else states[0]
    if state is TaskState.DELIVERED and any(map(_BUT.search, sentences)):
        state, native = None, ""
    seconds, total, note = _worked(sentences, ended=state in _ENDED)
    choices = _choices(text) if question else ()
    return Reading(state, native, reason, seconds, total, note, question, choices)


def _any(*phrases: str) -> str:
    return "(?:" + "|".join(phrases) + ")"


def _whole(*pieces: str) -> re.Pattern[str]:
    return re.compile("".join(pieces) + r" ?[.!]*", re.IGNORECASE | re.DOTALL)


# --- sentences ---------------------------------------------------------------------------------

_GREETING = re.compile(
    _any(
        "hi", "hello", "hey", "dear", "good (?:morning|afternoon|evening)",
        "bonjour", "bonsoir", "salut", "coucou", "ch[eè]re?",
    ) + r"\b[^,!.:;?]{0,40}[,!]\s*",
    re.IGNORECASE,
)  # fmt: skip
_ENDS = re.compile(r"(?<=[.!?…])\s+")


def _sentences(text: str) -> list[str]:
    text = unicodedata.normalize("NFC", text).replace("’", "'").replace("\xa0", " ").replace("\u202f", " ")
    lines = (_GREETING.sub("", line.strip(" \t*_•-–—"), count=1) for line in text.split("\n"))
    return [part.strip() for line in lines for part in _ENDS.split(line) if part.strip()]


# --- states ------------------------------------------------------------------------------------

_HOUR = r"(?:h|hrs?|hours?|heures?)"
_MINUTE = r"(?:m|mn|min|mins|minutes?)"
_TIME = _any(
    rf"(?P<h>\d{{1,2}}) ?{_HOUR} ?(?:(?:and|et) )?(?:(?P<hm>\d{{1,2}}) ?{_MINUTE}?)?",
    rf"(?P<dec>\d{{1,2}}[.,]\d{{1,2}}) ?{_HOUR}",
    rf"(?P<m>\d{{1,3}}) ?(?:{_MINUTE}|')",
    "(?P<half>half an hour|une demi-heure)",
    "(?P<quarter>a quarter of an hour|un quart d'heure)",
    "(?P<three>three quarters of an hour|trois quarts d'heure)",
)
_IN_ALL = _any("in total", "in all", "total", "altogether", "so far", "au total", "en tout")
_TOOK = r"(?:(?:it |that |this |ça |cela )?(?:took|m'a pris|a pris|pris)(?: me)? |in |en )?"
_DASH = "[,;:.(/–—-]"
# ", 12 min", " (1h30)", " in 20 minutes in all"
_TAIL = rf"(?:(?: ?{_DASH}+ ?| ){_TOOK}(?:au )?(?:total ?:? )?{_TIME}(?: {_IN_ALL})?\)?)?"
# ", see attached", " : voir ci-joint"
_SEE = rf"(?: ?{_DASH}? ?" + _any(
    "(?:please )?(?:see|find)(?: the| it)? (?:attached|attachments?|enclosed|below|above)"
    "(?: (?:file|document|list)s?)?",
    "(?:voir |vous trouverez |veuillez trouver )?(?:le |la |les )?"
    "(?:ci-jointe?s?|(?:en )?pièces? jointes?|ci-dessous|ci-dessus)(?: (?:le|la|les) \\w+)?",
) + ")?"  # fmt: skip
_SO = r"(?:(?:ok|okay|voilà|et voilà|ça y est|great|yes|oui)[,:!]? )?"
_THANKS = r"(?: ?[:;]-?\))?(?:,? (?:thanks|thank you|merci))?"

_DONE = _whole(
    _SO,
    _any(
        "(?:(?:it|this|that|this one|the task|everything)(?: is|'s) |task )?"
        "(?:now )?(?:all )?(?:done|finished|completed?)(?: now)?",
        "i(?:'ve| have)? (?:now )?(?:finished|completed|done)(?: (?:it|this|the task|everything))?",
        "(?:c'est |tout est |la tâche est |tâche )?(?:bien )?(?:faite?|finie?|terminée?)",
        "j'ai (?:tout )?(?:fini|terminé)(?: la tâche)?",
    ),
    _TAIL,
    _SEE,
    _THANKS,
)
_REFUSED = _whole(
    "(?:(?:sorry|i'm sorry|i am sorry|désolée?)[,:!]? (?:but |mais )?)?",
    _any(
        "(?:task |request )?(?:refused|declined|rejected)",
        "i (?:can't|cannot|can not|won't|am unable to|must refuse to|have to refuse to)"
        " (?:do|take|accept|handle|take on) (?:it|this|that|this one|this task|the task)",
        "i (?:must |have to )?(?:refuse|decline)(?: (?:it|this|this task|the task))?",
        "(?:tâche |demande )?refusée?",
        "je (?:dois )?refuser?(?: (?:cette tâche|la tâche|cette demande))?",
        "je (?:ne )?(?:peux|pourrai) pas (?:le faire|faire (?:cela|ça|cette tâche))",
        "je (?:ne )?(?:peux|pourrai) pas (?:m'en (?:charger|occuper)|(?:accepter|prendre) cette tâche)",
        "(?:c'est )?impossible pour moi",
    ),
    "(?P<why>(?: ?[:,;–-] ?| (?:because|as|since|parce que|car) ).{1,400})?",
)
_WORKING = _whole(
    _SO,
    _any(
        "(?:i'm |i am |we're |we are )?(?:on it|working on (?:it|this)|starting now|getting started)",
        "(?:i'll|i will|we'll|we will) (?:do (?:it|this)|take care of (?:it|this)|get on it|start)"
        "(?: (?:now|today|right away|this morning|this afternoon|tomorrow))?",
        "will do|(?:work )?in progress|i(?:'ve| have) started",
        "je m'en (?:occupe|charge)(?: (?:tout de suite|aujourd'hui|demain|ce matin|cet après-midi))?",
        "(?:c'est )?en cours|je commence(?: maintenant| tout de suite)?|j'ai commencé",
    ),
    _THANKS,
)
# Only words that can't be about the task's own subject: "Cancelled." may well mean that it is done.
_STOPPED = _whole(
    _SO,
    _any(
        "(?:the )?task (?:is |has been )?(?:now )?(?:stopped|cancell?ed)",
        "(?:la )?tâche (?:est |a été )?(?:arrêtée|annulée)",
    ),
    _TAIL,
    _THANKS,
)
# After one of these "done" is not the end of it.
_BUT = re.compile(
    r"\b"
    + _any(
        "but", "except", "however", "apart from", "not yet", "remaining", "remains",
        "still (?:need|missing|waiting|to do)",
        "mais", "sauf", "excepté", "hormis", "cependant", "par contre", "pas encore",
        "reste (?:à|encore)", "manque", "en attente",
    ) + r"\b",
    re.IGNORECASE,
)  # fmt: skip
_ENDED = (TaskState.DELIVERED, TaskState.REJECTED, TaskState.CANCELED)


def _state(words: str) -> tuple[TaskState, str, str | None] | None:
    if _DONE.fullmatch(words):
        return TaskState.DELIVERED, words, None
    if found := _REFUSED.fullmatch(words):
        return TaskState.REJECTED, words, (found["why"] or "").strip(" ,;:–-") or None
    if _WORKING.fullmatch(words):
        return TaskState.WORKING, words, None
    if _STOPPED.fullmatch(words):
        return TaskState.CANCELED, words, None
    return None


# --- time --------------------------------------------------------------------------------------

_WORKED = _whole(
    _any(
        "(?P<said>"
        + _any(
            "(?:working )?time(?: used| spent| worked)?(?: so far)?",
            "total time(?: used| spent| worked)?",
            "temps(?: total)?(?: passé| utilisé| de travail)?",
        )
        + " ?(?:[:=]| is| est de) ?)",
        "(?P<spent>(?:i|we) (?:spent|used|worked) |j'ai (?:passé|mis) |(?:it|this) took me |ça m'a pris )",
        "total ?: ?",
        _TOOK,
    ),
    "(?:about |around |environ |~ ?)?",
    _TIME,
    rf"(?: (?:{_IN_ALL}|(?P<work>of work|de travail|spent on (?:it|this)|worked)))?",
    r"(?: ?(?:\(|[–—-] )(?P<note>[^()\d?]{1,200})\)?)?",
)
_TOTAL = re.compile(r"\b(?:total|in all|altogether|en tout|so far)\b", re.IGNORECASE)


def _worked(sentences: list[str], *, ended: bool) -> tuple[int | None, bool, str]:
    """The one time worked that the sentences tell, whether it is a total, and what it was for.

    "12 min" alone may answer "how long is the walk?": it counts beside "done" only; "Time: 12 min"
    and "I spent 12 min" count everywhere.
    """
    times = set()
    for words in sentences:
        found = _DONE.fullmatch(words) or _STOPPED.fullmatch(words) or _WORKED.fullmatch(words)
        said = {name: value for name, value in found.groupdict().items() if value} if found else {}
        seconds = _seconds(said)
        if seconds is not None and (ended or said.keys() & {"said", "spent", "work"}):
            times.add((seconds, bool(_TOTAL.search(words)), said.get("note", "").strip(" .")))
    return times.pop() if len(times) == 1 else (None, False, "")


def _seconds(parts: Mapping[str, str]) -> int | None:
    if "dec" in parts:
        hours, _, rest = parts["dec"].replace(",", ".").partition(".")
        return int(hours) * 3600 + int(rest) * 3600 // int("1" + "0" * len(rest))
    if "h" in parts:
        minutes = int(parts.get("hm", "0"))
        return int(parts["h"]) * 3600 + minutes * 60 if minutes < 60 else None
    if "m" in parts:
        return int(parts["m"]) * 60
    words = {"half": 1800, "quarter": 900, "three": 2700}
    return next((seconds for name, seconds in words.items() if name in parts), None)


# --- questions ---------------------------------------------------------------------------------

_LINK = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
_POLITE = re.compile(
    "(?:and )?"
    + _any(
        "how are you(?: doing)?(?: today)?", "how's it going", "ça va", "comment (?:ça va|allez-vous|vas-tu)",
        "vous allez bien", "tu vas bien",
        "(?:is there )?anything else(?: i can (?:do|help)(?: you)?(?: with| for you)?)?",
        "do you need anything else", "can i (?:do|help with) anything else",
        "puis-je faire autre chose(?: pour vous)?", "autre chose", "avez-vous besoin d'autre chose",
    ) + r" ?\?+",
    re.IGNORECASE,
)  # fmt: skip
_CLOSING = re.compile(
    r"(?:please |feel free to )?(?:let me know|tell me|dites-moi|dis-moi|n'hésitez pas).{0,30}\b"
    + _any(
        "anything else", "need anything", "any (?:other )?questions?", "if that(?:'s| is) (?:ok|fine|not)",
        "autre chose", "besoin de (?:quoi que ce soit|plus)", "des questions",
    ) + r"\b",
    re.IGNORECASE,
)  # fmt: skip
_TELL = "(?:confirmer|préciser|dire|donner|répondre|indiquer|envoyer|choisir|transmettre)"
_ASKING = re.compile(
    "(?:so |also,? |but |alors |donc |mais |before (?:i start|that),? )?"
    + _any(
        "(?:please|pls|kindly) (?:confirm|advise|tell me|let me know|choose|specify|clarify|provide)",
        "(?:please|pls|kindly) (?:send me|give me|reply with)",
        "(?:let me know|tell me) (?:which|what|when|where|who|how|whether|if|your)",
        "(?:could|can|would) you (?:please |kindly )?(?:confirm|tell me|let me know|send|give)",
        "(?:could|can|would) you (?:please |kindly )?(?:provide|specify|clarify|choose)",
        "i (?:still )?need (?:the|your|to know|you to)", "i(?:'m| am) waiting for your",
        f"merci de (?:me |m'|nous )?{_TELL}",
        f"(?:veuillez|pourriez-vous|pouvez-vous|peux-tu|pourrais-tu) (?:me |m'|nous )?{_TELL}",
        "(?:dites-moi|dis-moi) (?:quel|quelle|quand|où|qui|si|ce que|comment|lequel|laquelle)",
        "j'(?:ai|aurais) besoin (?:de|d'|du|des|que|qu')", "j'attends (?:votre|ta|vos|tes)", "il me faut",
    ) + r"(?:\b|(?<='))",
    re.IGNORECASE,
)  # fmt: skip


def _asks(words: str) -> bool:
    words = _LINK.sub("", words).strip()
    if _POLITE.fullmatch(words) or _CLOSING.match(words):
        return False
    return bool(re.search(r"\?['\")\]]*$", words)) or bool(_ASKING.match(words))


_CHOICE = re.compile(r"^[ \t]*(?P<mark>\d{1,2}|[a-hA-H])[.)][ \t]+(?P<words>\S[^\n]{0,200})$", re.MULTILINE)


def _choices(text: str) -> tuple[str, ...]:
    """The answers offered as a numbered or lettered list that counts up from 1 or a."""
    found = list(_CHOICE.finditer(text))
    marks = [match["mark"].lower() for match in found]
    counted = [str(n + 1) for n in range(len(marks))], [chr(ord("a") + n) for n in range(len(marks))]
    if len(marks) < 2 or marks not in counted:
        return ()
    return tuple(match["words"].strip() for match in found)
