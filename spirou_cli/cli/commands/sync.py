"""``spirou sync``: send what may leave and fetch what is new."""

from typing import Annotated

import typer

from spirou_cli.cli.render import syncing as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import mark
from spirou_cli.service import sync as service
from spirou_cli.service.signals import stopping_gently
from spirou_cli.service.story import stories


def sync(
    context: typer.Context,
    provider: Annotated[
        list[str] | None, typer.Argument(help=mark("Only these providers."), metavar="PROVIDER")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help=mark("Read everything again."))] = False,
    wait: Annotated[bool, typer.Option("--wait", help=mark("Wait for another sync to end."))] = False,
    dry_run: Annotated[bool, typer.Option("-n", "--dry-run", help=mark("Say what would be sent."))] = False,
) -> int:
    """Send what may leave and fetch what is new.

    One provider that fails is named; the others go on. -v tells the story: what arrived, what was
    told, what waits and why.
    """
    session: Session = context.obj
    if dry_run:
        render.planned(
            session.screen, service.plan(session.context, provider or []), as_json=session.format == "json"
        )
        return 0
    return sync_now(session, provider or [], full=full, wait=wait, tell=True)


def sync_now(
    session: Session, names: list[str], *, full: bool = False, wait: bool = False, tell: bool = False
) -> int:
    """Sync and tell; the exit code."""
    with stopping_gently(session.context.stopping):
        results = service.sync(session.context, names, full=full, wait=wait, hurry=True)
        crossings = service.budgets_crossed(session.context)
    if session.format == "json" and tell:
        session.screen.json("spirou.sync/1", render.as_json(results, crossings))
    elif tell and session.options.verbose:
        render.told(session.screen, stories(session.context, results), session.zone)
    elif tell or any(result.failure for result in results):
        render.summary(session.screen, results)
    if crossings and session.format != "json":
        from spirou_cli.cli.render.budgets import reached  # loads billing

        reached(session.screen, (crossing.named for crossing in crossings))
    return exit_code(results)


def exit_code(results: list[service.Synced]) -> int:
    """0 all well; 1 some failed or something was held; 3 none was reached; 4 all that failed want a key."""
    from spirou_cli.adapters.base import AuthRequired, Unreachable

    failures = [result.failure for result in results if result.failure is not None]
    if failures and all(isinstance(failure, AuthRequired) for failure in failures):
        return 4
    if failures and len(failures) == len(results) and all(isinstance(f, Unreachable) for f in failures):
        return 3
    stuck = any(r.quarantined or (r.pushed and (r.pushed.held or r.pushed.refused)) for r in results)
    return 1 if failures or stuck else 0
