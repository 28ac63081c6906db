"""How Alembic runs here: always on a connection that ``storage.schema`` opened."""

from alembic import context

from storage.rows import TABLES
from storage.schema import ours


def run() -> None:
    """Run the wanted migrations in the caller's transaction."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=TABLES,
        compare_type=True,
        render_as_batch=True,
        include_name=ours,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
