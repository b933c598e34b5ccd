"""The clauses of the contract, in groups; ``spirou_cli.testing.AdapterContract`` is their sum."""
