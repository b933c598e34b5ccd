"""Whatever is lost, cut or doubled on the way, each op has one effect once it is sent again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from spirou_cli.adapters import AdapterError, Brief, Changes, Message, OpKind, Ref, Uncertain
from spirou_cli.adapters.caldav import CalDAVAdapter
from spirou_cli.adapters.http import HttpClient, HttpOptions
from spirou_cli.testing import ConnectionMaker, a_brief, new_key
from tests.backends.caldav.phone import Phone
from tests.backends.caldav.world import PASSWORDS, World
from tests.backends.proxy import Fault, FaultProxy

FAULTS = [Fault.LOSE_REQUEST, Fault.LOSE_ANSWER, Fault.CUT_ANSWER, Fault.DOUBLE]


@pytest.fixture
def path(world: World) -> str:
    return world.make_list()


@pytest.fixture
def proxy(world: World) -> Iterator[FaultProxy]:
    with FaultProxy(world.port, world.server_context(), world.client_context()) as proxy:
        yield proxy


@pytest.fixture
def adapter(world: World, path: str, proxy: FaultProxy, make_connection: ConnectionMaker) -> CalDAVAdapter:
    url = proxy.url + path
    connection = make_connection(
        CalDAVAdapter,
        http=lambda: HttpClient(url, HttpOptions(ca_file=world.ca_file)),
        url=url,
        user="client",
        password=PASSWORDS["client"],
    )
    return CalDAVAdapter(connection)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", OpKind)
def test_each_op_has_one_effect(
    world: World, path: str, proxy: FaultProxy, adapter: CalDAVAdapter, kind: OpKind, fault: Fault
) -> None:
    """Done under the fault and then again with its key, it is there once; a lost one never looks refused."""
    phone = Phone(world.client("assistant"), path)
    brief, key = replace(a_brief(), body="Any dentist."), new_key()
    if kind is OpKind.SUBMIT:
        brief = replace(brief, op_key=key)
    else:
        adapter.submit(brief)

    proxy.next_write(fault)
    failed: AdapterError | None = None
    try:
        perform(adapter, kind, brief, key)
    except AdapterError as error:
        failed = error
    perform(adapter, kind, brief, key)

    assert failed is None or isinstance(failed, Uncertain)
    assert effects(phone, kind, key) == 1
    assert len(phone.tasks()) == 1


def perform(adapter: CalDAVAdapter, kind: OpKind, brief: Brief, key: str) -> None:
    ref = Ref(brief.op_key[-12:])
    match kind:
        case OpKind.SUBMIT:
            adapter.submit(brief)
        case OpKind.REPLY:
            adapter.reply(ref, key, Message(f"Yes ({key})"))
        case OpKind.REOPEN:
            adapter.reopen(ref, key, Message(f"The address is missing ({key})"))
        case OpKind.EDIT:
            now = replace(brief, title=f"Now ({key})", body=f"Only Dr Éluard ({key})")
            adapter.edit(ref, key, Changes(frozenset({"title", "body"}), now))
        case OpKind.CANCEL:
            adapter.cancel(ref, key)
        case OpKind.ACCEPT:
            adapter.accept(ref, key)


def effects(phone: Phone, kind: OpKind, key: str) -> int:
    """How often what the op did is in the list."""
    (task,) = phone.tasks()
    match kind:
        case OpKind.SUBMIT:
            return 1 if task.ref == key[-12:] else 0
        case OpKind.EDIT:
            return task.text.count(f"Only Dr Éluard ({key})") if key in task.title else 0
        case _:
            return task.text.count(f"[{key[-12:]}]")
