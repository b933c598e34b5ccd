"""What people type for a day, a length of time or a sum: closed grammars in English and French.

What a grammar doesn't know, or what reads two ways, is refused with the way to write it: a date
understood wrongly is worse than a question.
"""

from spirou_cli.domain.phrases.amounts import Per, Price, money, price
from spirou_cli.domain.phrases.dates import When, month, when
from spirou_cli.domain.phrases.durations import seconds

__all__ = ["Per", "Price", "When", "money", "month", "price", "seconds", "when"]
