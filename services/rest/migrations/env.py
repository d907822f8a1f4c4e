"""What Alembic executes: it migrates over the connection that rest.migrate hands it, in one transaction."""

from alembic import context

from rest.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
