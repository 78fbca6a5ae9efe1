"""The query language: field paths and expressions turned into ClickHouse SQL with typed parameters."""
