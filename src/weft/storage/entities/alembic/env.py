"""Runs the entity migrations on the connection that `EntitiesDatabase.migrate` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from weft.storage.entities.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
