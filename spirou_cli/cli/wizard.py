"""``provider add`` and ``edit`` as questions: each kind's own schema, a summary, a test, one command."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

from spirou_cli.adapters.base import Setting
from spirou_cli.cli.asking import Answers, Back, Question, ask, ask_all, confirm
from spirou_cli.cli.offers import Offer, offer_of
from spirou_cli.cli.render import providers as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import AuthNeeded, InvalidInput, KeyringUnusable, ProviderUnreachable, mark
from spirou_cli.domain.record import field, record, replace
from spirou_cli.service import plugins, providers, setup
from spirou_cli.service.connect import owner_of
from spirou_cli.service.secrets import Keep, clean_secret
from spirou_cli.service.setup import Draft, Key
from spirou_cli.storage.accounts import Account

__all__ = ["Chosen", "ask_command", "choose_keep", "edited", "interview", "offered", "read_key", "unasked"]

_SKIP = "-"


@record
class Chosen:
    """What came out of the questions: the account, tried unless the person skipped that, and its keys."""

    draft: Draft
    account: Account
    seconds: float | None
    """How long the test took; None if there was none."""


_LACKING = {
    (False, False): mark("There is nobody to ask: give a name and a kind."),
    (True, False): mark("There is nobody to ask: give a kind."),
    (False, True): mark("There is nobody to ask: give a name."),
}


def unasked(session: Session, typed: Draft, offer: Offer | None) -> Draft:
    """What was typed, where nobody can be asked; InvalidInput with the command, whole, if it isn't."""
    if not typed.name or not typed.kind:
        whole = replace(typed, name=typed.name or "NAME")
        if not typed.kind:
            whole = replace(whole, kind="folder", settings={"path": "~/Spirou", **typed.settings})
        same = render.as_command(whole, Keep.KEYRING) + (offer.typed if offer else "")
        raise InvalidInput(_LACKING[bool(typed.name), bool(typed.kind)], "{command}", command=same)
    return setup.draft_from(
        session.context, typed.name, typed.kind, typed.settings, typed.keys, language=typed.language
    )


@record(frozen=False)
class _Interview:
    """One round of questions for one new account."""

    session: Session
    typed: Draft
    keys: dict[str, Key] = field(default_factory=dict)
    before: Answers = field(default_factory=dict)
    """What was answered in an earlier round: the defaults of this one."""

    def questions(self, answers: Answers) -> Sequence[Question]:
        """The questions that the answers so far lead to."""
        say = self.session.words.say
        kinds = [
            (kind, render.kind_words(self.session.words, kind))
            for kind in plugins.usable(self.session.context)
        ]
        asked = [
            Question(" kind", say(mark("Kind")), say(mark("Who does the work? (b goes back)")), choices=kinds)
        ]
        kind = answers.get(" kind")
        if kind is None:
            return asked
        asked.append(
            Question(" name", say(mark("Name")), say(mark("What you call it.")), kind, check=self._name)
        )
        name = answers.get(" name", "")
        schema = setup.schema(self.session.context, kind)
        found = setup.from_environment(name, schema, self.session.environment)
        asked += [self._question(setting, found, name) for setting in schema if not setting.advanced]
        rest = [setting for setting in schema if setting.advanced]
        if rest:
            asked.append(self._more(rest))
            if answers.get(" more") == "yes":
                asked += [self._question(setting, found, name) for setting in rest]
        return asked

    def draft(self, answers: Answers) -> Draft:
        """What was answered, defaults of what wasn't asked included."""
        kind = answers[" kind"]
        plain = {
            setting.name: answers.get(setting.name, setting.default or "")
            for setting in setup.schema(self.session.context, kind)
            if not setting.secret
        }
        settings = {name: value for name, value in plain.items() if value}
        return Draft(answers[" name"], kind, settings, dict(self.keys), self.typed.language)

    def _name(self, text: str) -> str:
        return providers.prepared(self.session.context, text.strip(), "", {}).name

    def _question(self, setting: Setting, found: Mapping[str, str], name: str) -> Question:
        default = found.get(setting.name, setting.default or "")
        question = question_for(self.session, setting, self.before.get(setting.name, default))
        return replace(question, check=partial(self._take_key, setting, name)) if setting.secret else question

    def _take_key(self, setting: Setting, name: str, text: str) -> str:
        if not text.strip() and not setting.required:
            return ""
        account = Account(id="", name=name, kind="", created_at=0)
        self.keys[setting.name] = Key(clean_secret(text, owner_of(account, setting.name)))
        return "***"

    def _more(self, rest: Sequence[Setting]) -> Question:
        names = ", ".join(setting.name for setting in rest)
        help_ = self.session.words.say(mark("More that you rarely need: {names}"), names=names)
        label = self.session.words.say(mark("See them"))
        return Question(" more", label, help_, "no", check=lambda text: _yes_no(text))


def interview(session: Session, typed: Draft, *, test: bool) -> Chosen:
    """Ask for what was not typed, show the whole, try it; going back from the end asks again."""
    round_ = _Interview(session, typed, dict(typed.keys))
    answers: Answers = {**typed.settings, **dict.fromkeys(typed.keys, "***")}
    answers |= {name: value for name, value in ((" kind", typed.kind), (" name", typed.name)) if value}
    if typed.kind:
        setup.schema(session.context, typed.kind)
    given = dict(answers)
    while True:
        answers = ask_all(session, round_.questions, answers)
        draft = round_.draft(answers)
        render.draft_summary(session.screen, draft)
        chosen = _settled(session, draft, test=test)
        if chosen is not None:
            return chosen
        round_.before = answers
        answers = given | {name: answers[name] for name in (" kind", " name")}


def offered(session: Session) -> Offer | None:
    """What it costs, in one line; None where the person leaves that for later."""

    def check(text: str) -> str:
        offer_of(session, "", {"price": text.strip()})
        return text.strip()

    help_ = session.words.say(mark("What it costs: 60USD/month, 25EUR/hour, 5EUR/task. Enter = say it later"))
    try:
        typed = ask(session, Question("price", session.words.say(mark("Price")), help_, check=check))
    except Back:
        return None
    return offer_of(session, "", {"price": typed})


def edited(session: Session, account: Account) -> dict[str, str | None]:
    """The settings of an account, asked again with their values as defaults; only what changed."""
    schema = [setting for setting in setup.schema(session.context, account.kind) if not setting.secret]

    def questions(answers: Answers) -> Sequence[Question]:
        return [question_for(session, s, account.settings.get(s.name, s.default or "")) for s in schema]

    answers = ask_all(session, questions, {})
    return {name: value or None for name, value in answers.items() if value != account.settings.get(name, "")}


def question_for(session: Session, setting: Setting, default: str) -> Question:
    """The question that a setting makes. ``-`` empties what has a default and need not be there."""
    choices = [(choice, "") for choice in setting.choices]
    if setting.type == "bool":
        choices = [("yes", ""), ("no", "")]
    help_ = session.words.known(setting.help)
    if not setting.required and not choices:
        help_ += session.words.say(
            mark(" (Enter = default, - = none)") if default else mark(" (may be empty)")
        )

    def check(text: str) -> str:
        return setup.checked_value(setting, "" if text == _SKIP and not setting.required else text)

    return Question(setting.name, setting.name, help_, default, choices, setting.secret, check)


def choose_keep(session: Session, account: Account, why: KeyringUnusable) -> tuple[Keep, str]:
    """Where to keep a key when there is no keyring: the place, and the command if it is one."""
    say = session.words.say
    session.screen.aside(session.words.error(why)[0])
    folder = str(session.config_path.with_name("secrets.toml"))
    choices = [
        (Keep.FILE.value, say(mark("{path}, readable by you only"), path=folder)),
        (Keep.COMMAND.value, say(mark("a command such as `pass`"))),
        (Keep.ASK.value, say(mark("not at all, ask each time"))),
    ]
    question = Question("keep", say(mark("Choice")), say(mark("Keep the key in")), "1", choices)
    keep = Keep(ask(session, question))
    if keep is not Keep.COMMAND:
        return keep, ""
    return keep, ask_command(session)


def ask_command(session: Session) -> str:
    """The command that prints a key."""
    label = session.words.say(mark("The command that prints the key"))
    return ask(session, Question("command", label, check=_some))


def read_key(session: Session, account: Account, setting: Setting) -> Key:
    """One key, typed unseen."""
    owner = owner_of(account, setting.name)
    label = f"{setting.name} ({account.name})"
    found: list[Key] = []

    def check(text: str) -> str:
        found.append(Key(clean_secret(text, owner)))
        return ""

    ask(session, Question(setting.name, label, session.words.known(setting.help), secret=True, check=check))
    return found[-1]


def _settled(session: Session, draft: Draft, *, test: bool) -> Chosen | None:
    """The account, if the person says that it is right and it answers; None to ask again."""
    try:
        if not confirm(session, mark("Is that right?")):
            return None
    except Back:
        return None
    if test:
        return _tried(session, draft)
    return Chosen(draft, setup.tried(session.context, draft, test=False), None)


def _tried(session: Session, draft: Draft) -> Chosen | None:
    """The account after its test, with what it proposed; None to ask again."""
    try:
        session.screen.note(mark("Trying to reach {name} …"), name=draft.name)
        draft = _with_proposals(session, draft)
        begun = time.monotonic()
        account = setup.tried(session.context, draft)
        return Chosen(draft, account, time.monotonic() - begun)
    except (AuthNeeded, ProviderUnreachable) as error:
        session.screen.aside(session.words.error(error)[0])
    with suppress(Back):
        if not confirm(session, mark("Correct it? (n saves it untested)")):
            return Chosen(draft, setup.tried(session.context, draft, test=False), None)
    return None


def _with_proposals(session: Session, draft: Draft) -> Draft:
    """What the provider proposes for what was left empty, asked one by one."""
    context = session.context
    account = providers.prepared(context, draft.name, draft.kind, draft.settings, language=draft.language)
    proposed = setup.proposals(context, setup.open_keys(context, account, draft.keys))
    if not proposed:
        return draft
    schema = {setting.name: setting for setting in setup.schema(session.context, draft.kind)}
    asked = [question_for(session, schema[name], value) for name, value in proposed.items()]
    session.screen.note(mark("{name} proposes; correct what is wrong:"), name=draft.name)
    answers = ask_all(session, lambda _: asked, {})
    return replace(draft, settings={**draft.settings, **{k: v for k, v in answers.items() if v}})


def _yes_no(text: str) -> str:
    return setup.checked_value(Setting("more", "", type="bool"), text)


def _some(text: str) -> str:
    if not text.strip():
        raise InvalidInput(mark("It can't be empty."))
    return text.strip()
