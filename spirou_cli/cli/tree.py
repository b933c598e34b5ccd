"""The command tree: what exists, in which module, under which heading of the help."""

from __future__ import annotations

from spirou_cli.domain.errors import mark
from spirou_cli.domain.record import record

__all__ = ["ALIASES", "COMMANDS", "SECTIONS", "Entry"]


@record
class Entry:
    """One command: its heading, and the line that the list of commands shows."""

    section: str
    help: str


_DELEGATE = mark("Delegate")
_FOLLOW = mark("Follow")
_MONEY = mark("Time and money")
_PROVIDERS = mark("Providers")
_KEEP = mark("Keep in order")

SECTIONS = (_DELEGATE, _FOLLOW, _MONEY, _PROVIDERS, _KEEP)

COMMANDS: dict[str, Entry] = {
    "add": Entry(_DELEGATE, mark("Save a task and send it to a provider.")),
    "send": Entry(_DELEGATE, mark("Send a draft, or try again what did not leave.")),
    "reply": Entry(_DELEGATE, mark("Answer a question or add information.")),
    "edit": Entry(_DELEGATE, mark("Change a task here and, if possible, there.")),
    "reassign": Entry(_DELEGATE, mark("Stop a task there and send it elsewhere.")),
    "accept": Entry(_DELEGATE, mark("Take a delivery; closes the task.")),
    "reopen": Entry(_DELEGATE, mark("Send a delivery back with a reason.")),
    "cancel": Entry(_DELEGATE, mark("Stop a task.")),
    "tag": Entry(_DELEGATE, mark("Add or remove tags.")),
    "rate": Entry(_DELEGATE, mark("Remember how good a delivery was.")),
    "template": Entry(_DELEGATE, mark("Briefs to use again.")),
    "status": Entry(_FOLLOW, mark("What needs me, what moves, what is stuck.")),
    "list": Entry(_FOLLOW, mark("Every task, filtered.")),
    "show": Entry(_FOLLOW, mark("One task: brief, thread, files, time, cost.")),
    "files": Entry(_FOLLOW, mark("The files of a task: list, fetch, open.")),
    "sync": Entry(_FOLLOW, mark("Send what may leave and fetch what is new.")),
    "wait": Entry(_FOLLOW, mark("Block until something needs me or ends.")),
    "watch": Entry(_FOLLOW, mark("Sync politely and show what changes.")),
    "inbox": Entry(_FOLLOW, mark("Answers that match no task.")),
    "outbox": Entry(_FOLLOW, mark("What has not surely arrived, and why.")),
    "history": Entry(_FOLLOW, mark("Who did what, and when.")),
    "time": Entry(_MONEY, mark("Time used, and corrections.")),
    "bill": Entry(_MONEY, mark("What it costs.")),
    "charge": Entry(_MONEY, mark("Packs, coupons, expenses, refunds, invoices.")),
    "budget": Entry(_MONEY, mark("Limits of spending.")),
    "plan": Entry(_MONEY, mark("The plans you are on, and those you could be on.")),
    "fx": Entry(_MONEY, mark("Dated exchange rates.")),
    "dates": Entry(_MONEY, mark("Trial, coupon, renewal, notice, expiry: with the money at stake.")),
    "worth": Entry(_MONEY, mark("Cost and my time against time saved.")),
    "provider": Entry(_PROVIDERS, mark("Who does the work: add, test, pause, remove.")),
    "plugin": Entry(_PROVIDERS, mark("Adapters that were installed beside Spirou.")),
    "hook": Entry(_PROVIDERS, mark("Programs to run when something changes.")),
    "undo": Entry(_KEEP, mark("Take back the last local change.")),
    "forget": Entry(_KEEP, mark("Erase the words of a closed task for good.")),
    "export": Entry(_KEEP, mark("Write the tasks to a file.")),
    "import": Entry(_KEEP, mark("Read tasks from a file.")),
    "backup": Entry(_KEEP, mark("Copy the store, verified.")),
    "restore": Entry(_KEEP, mark("Put a backup in the place of the store.")),
    "config": Entry(_KEEP, mark("Your preferences.")),
    "doctor": Entry(_KEEP, mark("Check that all is well.")),
    "completion": Entry(_KEEP, mark("Print the completion script of a shell.")),
    "man": Entry(_KEEP, mark("Print the manual page.")),
    "help": Entry(_KEEP, mark("Explain a command or a topic.")),
}

ALIASES = {"ls": "list", "rm": "cancel"}
