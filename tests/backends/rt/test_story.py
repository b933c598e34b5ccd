"""``spirou`` itself with a real RT, over TLS with a certificate of the house."""

from __future__ import annotations

from pathlib import Path

from tests.backends.proxy import FaultProxy, house_tls
from tests.backends.rt.assistant import RTAssistant
from tests.backends.rt.test_contract import STATES
from tests.backends.rt.world import World
from tests.backends.story import Desk, the_story


def test_a_person_delegates_to_rt(rt: World, tmp_path: Path) -> None:
    """From ``provider add`` to ``accept``."""
    context, ca_file = house_tls(tmp_path)
    with FaultProxy(rt.port, context) as proxy:
        desk = Desk.at(tmp_path)

        added = desk.connect(
            "office",
            "rt",
            f"token={rt.tokens['client']}",
            url=proxy.url,
            queue="Delegated",
            ca_file=str(ca_file),
            states=STATES,
        )

        assert added.startswith("Added office (rt).")
        the_story(desk, RTAssistant(rt))
