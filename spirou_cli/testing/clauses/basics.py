"""Clauses on how an adapter presents itself."""

from __future__ import annotations

from spirou_cli.adapters import BaseAdapter, Capabilities, OpKind, Repeat
from spirou_cli.testing.clauses.base import Clauses
from spirou_cli.testing.connected import Connected
from spirou_cli.testing.core import Core, a_brief

OPTIONAL = ("reply", "edit", "cancel", "reopen", "accept", "find", "quote", "wait", "link")


class BasicClauses(Clauses):
    """Settings, check and capabilities."""

    def test_settings_explain_themselves(self, core: Core) -> None:
        """Every setting has a name that can be a flag, a help text, and choices where one must be chosen."""
        settings = core.adapter.settings
        names = [setting.name for setting in settings]

        assert len(set(names)) == len(names)
        assert [name for name in names if not name.isidentifier() or name != name.lower()] == []
        assert [s.name for s in settings if not s.help.strip()] == []
        assert [s.name for s in settings if (s.type == "choice") != bool(s.choices)] == []

    def test_no_secret_has_a_default(self, core: Core) -> None:
        """A secret that comes with the program is none."""
        assert [s.name for s in core.adapter.settings if s.secret and s.default is not None] == []

    def test_defaults_pass_their_own_check(self, core: Core) -> None:
        """A setting's default is a value that its check accepts."""
        checked = [s for s in core.adapter.settings if s.check and s.default is not None]

        assert [s.name for s in checked if s.check and s.default and s.check(s.default)] == []

    def test_the_kind_is_one_word(self, core: Core) -> None:
        """``kind`` is what a person types after ``provider add``."""
        kind = core.adapter.kind

        assert kind.replace("-", "").isalnum()
        assert kind == kind.lower()

    def test_check_says_what_the_connection_can_do(self, core: Core) -> None:
        """``check`` proves the connection and returns its capabilities."""
        assert isinstance(core.adapter.check(), Capabilities)

    def test_check_changes_nothing(self, core: Core) -> None:
        """After ``check`` the other side has the same tasks, and there is no news."""
        ref = core.submit(a_brief())
        before = core.wait_until_seen(ref)
        core.news()

        core.adapter.check()

        assert core.seen(ref) == [before]
        assert [report for report in core.news() if report.ref == ref.id] == []

    def test_proposed_settings_are_settings(self, core: Core) -> None:
        """What an adapter proposes are values for settings that it has, and no secrets."""
        open_settings = {s.name for s in core.adapter.settings if not s.secret}

        assert set(core.adapter.propose_settings()) <= open_settings

    def test_capabilities_need_no_network(self, core: Core, connected: Connected) -> None:
        """``capabilities`` answers although the provider can't be reached."""
        with connected.faults.refuse_connections():
            capabilities = connected.connect().capabilities()

        assert isinstance(capabilities, Capabilities)

    def test_every_declared_capability_has_its_method(self, core: Core) -> None:
        """A declared capability isn't left to BaseAdapter, which says «unsupported»."""
        missing = [
            name
            for name in OPTIONAL
            if getattr(core.capabilities, name)
            and getattr(type(core.adapter), name) is getattr(BaseAdapter, name)
        ]

        assert missing == []

    def test_every_declared_repeat_can_be_kept(self, core: Core) -> None:
        """Repeats are declared for ops that exist, and a look-up only by who can ``find``."""
        can, declared = core.capabilities, core.capabilities.repeat
        idle = [kind for kind in declared if kind is not OpKind.SUBMIT and not getattr(can, kind)]
        blind = [kind for kind, way in declared.items() if way.how is Repeat.LOOKUP and not can.find]

        assert (idle, blind) == ([], [])

    def test_limits_are_positive(self, core: Core) -> None:
        """A poll interval, a number of connections and a longest body are more than nothing."""
        capabilities = core.capabilities

        assert capabilities.poll_interval_s > 0
        assert capabilities.max_connections > 0
        assert capabilities.max_body is None or capabilities.max_body > 0
