"""A way out and a way in: the store whole as JSON, tasks in the formats of others."""
