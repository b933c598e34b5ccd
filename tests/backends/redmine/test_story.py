"""``spirou`` itself with a real Redmine, over TLS with a certificate of the house."""

from __future__ import annotations

from pathlib import Path

from tests.backends.proxy import FaultProxy, house_tls
from tests.backends.redmine.assistant import RedmineAssistant
from tests.backends.redmine.world import KEYS, World
from tests.backends.story import Desk, the_story


def test_a_person_delegates_to_redmine(redmine: World, tmp_path: Path) -> None:
    """From ``provider add``, which proposes the table of states, to ``accept``."""
    context, ca_file = house_tls(tmp_path)
    with FaultProxy(redmine.port, context) as proxy:
        desk = Desk.at(tmp_path)

        added = desk.connect(
            "office",
            "redmine",
            f"api_key={KEYS['client']}",
            url=proxy.url,
            project="delegated",
            ca_file=str(ca_file),
        )

        assert added.startswith("Added office (redmine).")
        assert "New = submitted; In Progress = working;" in desk.say("provider", "show", "office")
        the_story(desk, RedmineAssistant(redmine))
