"""What Alembic runs for each migration: always inside the transaction that `store.migrating` is given."""

from alembic import context

from hipform.store.schema import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
context.run_migrations()
