"""``spirou budget``: limits of spending."""

from decimal import Decimal
from typing import Annotated

import typer

from spirou_cli.cli import arguments
from spirou_cli.cli.render import budgets as render
from spirou_cli.cli.session import Session
from spirou_cli.cli.terms import percent
from spirou_cli.domain.billing.budget import SOFT, Budget
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.domain.money import Money
from spirou_cli.domain.phrases import amounts
from spirou_cli.domain.phrases.amounts import Per
from spirou_cli.service import budgets as service

_O = typer.Option

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help=mark("Limits of spending, by the month; of everything, of a provider, a project or a tag."),
)

_To = Annotated[str | None, _O("-p", "--to", help=mark("Only this provider."), metavar="NAME")]
_Project = Annotated[str | None, _O("--project", help=mark("Only this project."))]
_Tag = Annotated[str | None, _O("--tag", help=mark("Only this tag."))]


@app.command("set")
def set_(
    context: typer.Context,
    limit: Annotated[str, typer.Argument(help=mark("700EUR/month"), metavar="LIMIT")],
    to: _To = None,
    project: _Project = None,
    tag: _Tag = None,
    at: Annotated[list[str] | None, _O("--at", help=mark("Say so at 80%; may be repeated."))] = None,
    then: Annotated[str, _O("--then", help=mark("At the limit: ask, block or warn."))] = "ask",
) -> None:
    """Set a limit. Work that is paid for already is never stopped.

    Examples: spirou budget set 700EUR/month, spirou budget set 50USD/month --to agent --then block
    """
    session: Session = context.obj
    if then not in ("ask", "block", "warn"):
        raise InvalidInput(
            mark("At the limit Spirou can ask, block or warn, not {word}."), mark("--then ask"), word=then
        )
    soft = tuple(sorted(percent(session, text, 1000) / 100 for text in at)) if at else SOFT
    if any(not Decimal(0) < part <= Decimal(10) for part in soft):
        raise InvalidInput(mark("--at is a percentage of the limit."), mark("--at 80%"))
    scope = _scope(session, to, project, tag)
    money = _monthly(session, limit)
    budget = Budget(scope, money, soft, hard=then != "warn")
    found = service.set_budget(session.context, budget, ask=then == "ask")
    render.standing(session.screen, found, session.format)


@app.command()
def show(context: typer.Context) -> None:
    """The limits, and how much of each is spent this month."""
    session: Session = context.obj
    found = service.listing(session.context)
    render.listing(session.screen, found, session.page_format, header=session.options.header)


@app.command()
def unset(context: typer.Context, to: _To = None, project: _Project = None, tag: _Tag = None) -> None:
    """Take a limit away."""
    session: Session = context.obj
    scope = _scope(session, to, project, tag)
    render.unset(session.screen, service.unset_budget(session.context, scope), session.format)


def _scope(session: Session, to: str | None, project: str | None, tag: str | None) -> str:
    """What a limit is of. An option that is empty, as from a script's empty variable, isn't everything."""
    if "" in (to, project, tag):
        raise InvalidInput(mark("A limit is of one thing: --to, --project or --tag."))
    return service.scope_named(session.context, to=to or "", project=project or "", tag=tag or "")


def _monthly(session: Session, text: str) -> Money:
    """``700EUR/month``; a bare sum is by the month too, since every limit is."""
    default, language = session.settings.get("currency"), session.language
    if not any(sign in text for sign in ("/", " par ", " a ", " per ")):
        return arguments.cost(session, text)
    price = amounts.price(text, default=default, language=language)
    if price.per is not Per.MONTH:
        raise InvalidInput(
            mark("A limit is by the month, not {limit}."), mark("spirou budget set 700EUR/month"), limit=text
        )
    return price.money
