"""The event store: calls, feedback and table rows in chDB or ClickHouse. The only home of ClickHouse SQL."""
