"""What a month of assistants costs: each module is one rule, `ledger` is their order, `bill` the answer.

Facts, which a log keeps, and answers are records.
"""
