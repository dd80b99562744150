"""What Alembic runs: the migrations on the connection that `schema.upgrade` opened, in its transaction."""

from __future__ import annotations

from alembic import context

from pki_manager.storage.engine.text_index import is_declared
from pki_manager.storage.tables.columns import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=is_declared,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
