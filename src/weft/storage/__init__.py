"""Where things are kept: entities (SQL database), events (column store), blobs (files)."""
