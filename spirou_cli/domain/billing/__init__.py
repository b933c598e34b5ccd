"""What a month of assistants costs: each module is one rule, `bill` is their order."""
