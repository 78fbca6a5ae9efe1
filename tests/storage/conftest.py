"""Storage tests use the engine and the stores directly, without a server."""
