"""The entity store: projects, keys, object versions, queues and the scoring ledger in SQLite or PostgreSQL."""
