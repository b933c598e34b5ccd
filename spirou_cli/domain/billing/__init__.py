"""What a month of assistants costs: each module is one rule, `ledger` is their order, `bill` the answer.

Facts, which a log keeps, are frozen dataclasses; answers are NamedTuples, which cost a tenth of that when
the program starts.
"""
