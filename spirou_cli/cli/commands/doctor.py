"""``spirou doctor``: check that all is well."""

from typing import Annotated

import typer

from spirou_cli.cli.render import doctor as render
from spirou_cli.cli.session import Session
from spirou_cli.domain.errors import InvalidInput, mark
from spirou_cli.service import doctor as service


def doctor(
    context: typer.Context,
    offline: Annotated[bool, typer.Option("--offline", help=mark("Don't ask the providers."))] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help=mark("Mend first what the log can make again."))
    ] = False,
) -> int:
    """Check that all is well: the store, the keys, the providers, this machine.

    It looks and changes nothing without --repair. Exit 1 if something is wrong.
    """
    session: Session = context.obj
    wrong_config = None
    try:
        _ = session.settings
    except InvalidInput as error:
        session.settings = {}
        wrong_config = error
    done = service.repair(session.context) if repair else []
    report = service.examine(
        session.context, session.config_path, wrong_config=wrong_config, online=not offline
    )
    if session.format == "json":
        session.screen.json("spirou.doctor/1", render.as_json(session.screen, report, done))
    else:
        render.repaired(session.screen, done)
        render.write(session.screen, report)
    return 0 if report.ok else 1
