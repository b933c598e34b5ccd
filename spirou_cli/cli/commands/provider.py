"""``spirou provider``: who does the work: add, look at, change, test, sign in, pause, remove."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from spirou_cli.cli import keys as cli_keys
from spirou_cli.cli.offers import Offer, adopted_offer, offer_of
from spirou_cli.cli.render import changes
from spirou_cli.cli.render import providers as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.record import replace
from spirou_cli.service import providers, setup
from spirou_cli.service.connect import SECRET
from spirou_cli.service.secrets import Keep
from spirou_cli.service.setup import Draft
from spirou_cli.storage.accounts import Account

if TYPE_CHECKING:
    from spirou_cli.service.adopting import Adopted
    from spirou_cli.service.charges import Told

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, help=mark("Who does the work: add, test, pause, remove.")
)

_O = typer.Option
_Name = Annotated[str, typer.Argument(help=mark("The provider."), metavar="PROVIDER")]
_Set = Annotated[list[str] | None, _O("--set", help=mark("A setting; may be repeated."), metavar="KEY=VALUE")]
_Stdin = Annotated[str, _O("--secret-stdin", help=mark("Read this key from standard input."), metavar="KEY")]
_File = Annotated[
    tuple[str, str], _O("--secret-file", help=mark("Read this key from a file."), metavar="KEY FILE")
]
_Command = Annotated[
    tuple[str, str],
    _O("--secret-command", help=mark("A command that prints this key."), metavar="KEY COMMAND"),
]
_Store = Annotated[
    str, _O("--secret-store", help=mark("Where keys are kept: keyring, file, ask."), metavar="PLACE")
]
_Language = Annotated[str, _O("--brief-lang", help=mark("Language of the briefs: en or fr."))]
_NoTest = Annotated[bool, _O("--no-test", help=mark("Don't try the connection."))]


@app.command()
def kinds(context: typer.Context) -> None:
    """The kinds of provider there are, and what each asks for."""
    session: Session = context.obj
    found = setup.schemas(session.context)
    match session.format:
        case "json":
            session.screen.json("spirou.kinds/1", render.kinds_json(found))
        case "text":
            render.kinds(session.screen, found)
        case _:
            session.screen.records((kind, ",".join(s.name for s in found[kind])) for kind in found)


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help=mark("What you call it."), metavar="NAME")] = "",
    kind: Annotated[str, _O("--kind", help=mark("What it is: spirou provider kinds"))] = "",
    set_: _Set = None,
    secret_stdin: _Stdin = "",
    secret_file: _File = ("", ""),
    secret_command: _Command = ("", ""),
    secret_store: _Store = "",
    brief_lang: _Language = "",
    plan: Annotated[str, _O("--plan", help=mark("A plan of the catalogue: timesvr/basic"))] = "",
    price: Annotated[str, _O("--price", help=mark("60USD/month, 25EUR/hour, 5EUR/task"))] = "",
    max_task: Annotated[str, _O("--max-task", help=mark("The longest task: 15m"))] = "",
    max_open: Annotated[int, _O("--max-open", help=mark("Tasks open at once: 10"), min=0)] = 0,
    trial_ends: Annotated[
        str, _O("--trial-ends", help=mark("The last day of a free trial."), metavar="DATE")
    ] = "",
    promo: Annotated[str, _O("--promo", help=mark("15% off the first three months: 15%:3m"))] = "",
    no_test: _NoTest = False,
) -> int:
    """Set up a provider.

    On a terminal it asks for what is missing. The connection is tried before anything is saved.
    All terms of a plan: spirou plan adopt
    """
    session: Session = context.obj
    offer = offer_of(session, name, context.params)
    keys = cli_keys.given(name, stdin=secret_stdin, file=secret_file, command=secret_command)
    keep = cli_keys.place_of(secret_store, command_flag=True)
    typed = Draft(name, kind, _pairs(set_ or ()), keys, _language(brief_lang))
    if session.may_ask and not secret_stdin:
        return _asked(session, typed, keep, offer, test=not no_test)
    from spirou_cli.cli import wizard

    draft = wizard.unasked(session, typed, offer)
    begun = time.monotonic()
    account = setup.tried(session.context, draft, test=not no_test, propose=not no_test)
    seconds = None if no_test else time.monotonic() - begun
    account = setup.save(session.context, account, draft.keys, keep or Keep.KEYRING)
    _added(session, account, seconds, adopted_offer(session, account, offer))
    return 0


@app.command("list")
def list_(context: typer.Context) -> None:
    """The providers, and how each is."""
    session: Session = context.obj
    found = providers.listing(session.context)
    match session.format:
        case "json":
            session.screen.json("spirou.providers/1", {"providers": [render.account_json(s) for s in found]})
        case "csv":
            session.screen.csv([render.HEADINGS, *(render.record(s) for s in found)])
        case "records":
            head = [render.HEADINGS] if session.options.header else []
            session.screen.records([*head, *(render.record(s) for s in found)])
        case "text":
            render.listing(session.screen, found, session.now())


@app.command()
def show(context: typer.Context, name: _Name) -> None:
    """One provider: its settings, what it can and can't do, how a lost answer is settled."""
    session: Session = context.obj
    found = providers.standing(session.context, name)
    if session.format == "json":
        session.screen.json("spirou.provider/1", render.account_json(found))
    else:
        render.show(session.screen, found, session.now())


@app.command()
def edit(
    context: typer.Context,
    name: _Name,
    set_: _Set = None,
    unset: Annotated[list[str] | None, _O("--unset", help=mark("Empty a setting."), metavar="KEY")] = None,
    brief_lang: _Language = "",
    no_test: _NoTest = False,
) -> int:
    """Change the settings of a provider; the connection is tried before they are saved."""
    session: Session = context.obj
    account = providers.standing(session.context, name).account
    edits: dict[str, str | None] = setup.checked_changes(
        session.context, account, _pairs(set_ or ()), unset or ()
    )
    if not edits and not brief_lang:
        if not session.may_ask:
            raise InvalidInput(
                mark("Nothing to change was said."),
                mark("spirou provider edit {name} --set KEY=VALUE"),
                name=name,
            )
        from spirou_cli.cli import wizard

        edits = wizard.edited(session, account)
    settings = {k: v for k, v in {**account.settings, **edits}.items() if v is not None}
    changed = replace(account, settings=settings, language=_language(brief_lang) or account.language)
    elsewhere = setup.keys_for_elsewhere(changed)
    begun = time.monotonic()
    if not elsewhere:
        changed = providers.checked(session.context, changed, test=not no_test)
    providers.save_account(session.context, changed)
    _told(session, changed, None if no_test or elsewhere else time.monotonic() - begun)
    if elsewhere:
        render.key_for_elsewhere(session.screen, changed.name, elsewhere[0])
    return 0


@app.command()
def test(context: typer.Context, name: _Name) -> int:
    """Try the connection. It only reads, and is timed."""
    session: Session = context.obj
    begun = time.monotonic()
    account, _ = providers.test(session.context, name)
    _told(session, account, time.monotonic() - begun)
    return 0


@app.command()
def login(
    context: typer.Context,
    name: _Name,
    setting: Annotated[str, _O("--setting", help=mark("Which key, if it has several."), metavar="KEY")] = "",
    secret_stdin: Annotated[
        bool, _O("--secret-stdin", help=mark("Read the key from standard input."))
    ] = False,
    secret_file: Annotated[
        str, _O("--secret-file", help=mark("Read the key from a file."), metavar="FILE")
    ] = "",
    secret_command: Annotated[
        str, _O("--secret-command", help=mark("A command that prints the key."), metavar="COMMAND")
    ] = "",
    secret_store: Annotated[
        str, _O("--secret-store", help=mark("keyring, file, command, ask or environment"), metavar="PLACE")
    ] = "",
    no_test: _NoTest = False,
) -> int:
    """Give the key of a provider; it is kept in the keyring, or where you choose."""
    session: Session = context.obj
    account = providers.standing(session.context, name).account
    wanted = setup.secret_of(session.context, account, setting)
    key, keep = cli_keys.read(
        session,
        account,
        wanted,
        stdin=secret_stdin,
        file=secret_file,
        command=secret_command,
        store=secret_store,
    )
    begun = time.monotonic()
    if not no_test:
        providers.checked(session.context, setup.open_keys(session.context, account, {wanted.name: key}))
    seconds = None if no_test else time.monotonic() - begun
    account, _, _ = cli_keys.kept(session, account, {wanted.name: key}, keep)
    providers.save_account(session.context, account)
    if session.format == "json":
        session.screen.json(
            "spirou.provider/1", render.account_json(providers.standing(session.context, name))
        )
    else:
        render.signed_in(session.screen, account, wanted.name, seconds)
    return 0


@app.command()
def logout(
    context: typer.Context,
    name: _Name,
    setting: Annotated[str, _O("--setting", help=mark("Only this key."), metavar="KEY")] = "",
) -> int:
    """Forget the key of a provider. Its tasks stay."""
    session: Session = context.obj
    account = providers.standing(session.context, name).account
    wanted = (
        [setting] if setting else [n.removeprefix(SECRET) for n in account.settings if n.startswith(SECRET)]
    )
    for each in wanted:
        account = setup.forget_key(session.context, account, each)
    providers.save_account(session.context, account)
    return _done(session, name, mark("The key of {name} is forgotten here. Its tasks stay."))


@app.command()
def price(
    context: typer.Context,
    name: _Name,
    fee: Annotated[str, typer.Argument(help=mark("Its new fee: 80USD/month"), metavar="FEE")],
    since: Annotated[str, _O("--from", help=mark("From this day; today if absent."), metavar="DATE")] = "",
) -> int:
    """Change the fee of a provider's plan from a day on; spirou plan adopt changes all its terms."""
    from spirou_cli.cli import terms
    from spirou_cli.cli.render.plans import adopted
    from spirou_cli.service import adopting

    session: Session = context.obj
    told = terms.figures(session, terms.Terms(fee=fee))
    wanted = adopting.Adoption(provider=name, on=terms.date_of(session, since), told=told)
    adopted(session.screen, adopting.adopt(session.context, wanted), session.format)
    return 0


@app.command()
def pause(context: typer.Context, name: _Name) -> int:
    """Send nothing more to a provider; its news is still fetched."""
    session: Session = context.obj
    providers.pause(session.context, name, paused=True)
    return _done(
        session, name, mark("Nothing more leaves to {name}. Take it back: spirou provider resume {name}")
    )


@app.command()
def resume(context: typer.Context, name: _Name) -> int:
    """Send to a paused provider again."""
    session: Session = context.obj
    providers.pause(session.context, name, paused=False)
    return _done(session, name, mark("{name} gets tasks again. What waits leaves with: spirou sync {name}"))


@app.command()
def rename(
    context: typer.Context,
    name: _Name,
    new: Annotated[str, typer.Argument(help=mark("Its new name."), metavar="NEW")],
) -> int:
    """Call a provider something else."""
    session: Session = context.obj
    providers.rename(session.context, name, new)
    return _done(session, new, mark("It is {name} now."))


@app.command()
def remove(context: typer.Context, name: _Name) -> int:
    """Forget how to reach a provider. Its tasks, time and bills stay."""
    session: Session = context.obj
    account = providers.remove(session.context, name)
    for each in [n.removeprefix(SECRET) for n in account.settings if n.startswith(SECRET)]:
        setup.forget_key(session.context, account, each)
    if session.format == "json":
        session.screen.json("spirou.provider/1", {"name": name, "removed": True})
    else:
        session.screen.say(mark("{name} is removed. Its tasks, time and bills stay."), name=name)
        gone = f"{name} ({account.id[-4:]})"
        if gone in providers.paying(session.context):
            session.screen.say(mark("Its plan goes on; when it ended is told by:"))
            changes.command(session.screen, f'spirou plan adopt "{gone}" --end DATE')
    return 0


# --- steps they share ----------------------------------------------------------------------------


def _asked(session: Session, typed: Draft, keep: Keep | None, offer: Offer | None, *, test: bool) -> int:
    """The wizard; at its end the same thing as one command."""
    from spirou_cli.cli import wizard

    typed = replace(typed, settings=setup.checked_settings(session.context, typed.kind, typed.settings))
    chosen = wizard.interview(session, typed, test=test)
    offer = offer or wizard.offered(session)
    account, kept, keys = cli_keys.kept(session, chosen.account, chosen.draft.keys, keep)
    account = providers.save(session.context, account)
    _added(session, account, chosen.seconds, adopted_offer(session, account, offer))
    if session.format != "json":
        session.screen.blank()
        session.screen.say(mark("The same as one command:"))
        same = render.as_command(replace(chosen.draft, keys=keys), kept)
        changes.command(session.screen, same + (offer.typed if offer else ""))
    return 0


def _added(
    session: Session, account: Account, seconds: float | None, plan: "tuple[Adopted, Told | None] | None"
) -> None:
    if session.format == "json":
        _told(session, account, seconds)
        return
    session.screen.say(mark("Added {name} ({kind})."), name=account.name, kind=account.kind)
    render.tested(session.screen, account, seconds)
    if plan is not None:
        from spirou_cli.cli.render.charges import told
        from spirou_cli.cli.render.plans import adopted

        held, promo = plan
        adopted(session.screen, held, session.format)
        if promo is not None:
            told(session.screen, promo, session.format)


def _told(session: Session, account: Account, seconds: float | None) -> None:
    if session.format == "json":
        document = render.account_json(providers.standing(session.context, account.name))
        document["answered_in_ms"] = None if seconds is None else round(seconds * 1000)
        session.screen.json("spirou.provider/1", document)
    else:
        render.tested(session.screen, account, seconds)


def _done(session: Session, name: str, message: str) -> int:
    if session.format == "json":
        session.screen.json(
            "spirou.provider/1", render.account_json(providers.standing(session.context, name))
        )
    else:
        session.screen.say(message, name=name)
    return 0


def _pairs(typed: Sequence[str]) -> dict[str, str]:
    """``key=value`` as typed; a later one wins."""
    found = {}
    for pair in typed:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise InvalidInput(
                mark("--set takes KEY=VALUE, not {pair}."), mark("--set path=~/Spirou"), pair=pair
            )
        found[key] = value
    return found


def _language(word: str) -> str:
    if word not in ("", "en", "fr"):
        raise InvalidInput(
            mark("Briefs are written in en or fr, not in {word}."), mark("--brief-lang fr"), word=word
        )
    return word
