"""The first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('executors',
    sa.Column('id', sa.String(length=200), nullable=False),
    sa.Column('queues', JSON, nullable=False),
    sa.Column('host', sa.Text(), nullable=False),
    sa.Column('pid', sa.BigInteger(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_executors'))
    )
    op.create_table('search_cache',
    sa.Column('namespace', sa.String(length=100), nullable=False),
    sa.Column('key', sa.String(length=128), nullable=False),
    sa.Column('value', sa.LargeBinary(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('namespace', 'key', name=op.f('pk_search_cache'))
    )
    op.create_index('ix_search_cache_expires_at', 'search_cache', ['expires_at'])

    op.create_table('workspaces',
    sa.Column('id', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_workspaces'))
    )
    op.create_table('jobs',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('id', sa.String(length=200), nullable=False),
    sa.Column('event_key', sa.String(length=300), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('member_id', sa.String(length=200), nullable=False),
    sa.Column('status', sa.String(length=30), nullable=False),
    sa.Column('request', JSON, nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('research_started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('research_finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('render_started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('render_finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('notes', JSON, nullable=False),
    sa.Column('grounded_prompt', sa.Text(), nullable=True),
    sa.Column('research_notes', JSON, nullable=True),
    sa.Column('searched', sa.Boolean(), nullable=True),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspaces.id'], name=op.f('fk_jobs_workspaces'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'id', name=op.f('pk_jobs')),
    sa.UniqueConstraint('workspace_id', 'event_key', name=op.f('uq_jobs_workspace_id_event_key'))
    )
    op.create_index('ix_jobs_status_created_at', 'jobs', ['status', 'created_at'])
    op.create_index('ix_jobs_workspace_id_member_id', 'jobs', ['workspace_id', 'member_id'])

    op.create_table('library_items',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('id', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('author', sa.Text(), nullable=True),
    sa.Column('license', sa.Text(), nullable=True),
    sa.Column('tags', JSON, nullable=False),
    sa.Column('width', sa.Integer(), nullable=True),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('phash', sa.String(length=16), nullable=True),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspaces.id'], name=op.f('fk_library_items_workspaces'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'id', name=op.f('pk_library_items')),
    sa.UniqueConstraint('workspace_id', 'kind', 'sha256', name=op.f('uq_library_items_workspace_id_kind_sha256'))
    )
    op.create_table('deliveries',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('id', sa.String(length=200), nullable=False),
    sa.Column('job_id', sa.String(length=200), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('destination', JSON, nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('receipt', sa.Text(), nullable=True),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['workspace_id', 'job_id'], ['jobs.workspace_id', 'jobs.id'], name=op.f('fk_deliveries_jobs'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'id', name=op.f('pk_deliveries'))
    )
    op.create_index('ix_deliveries_workspace_id_job_id', 'deliveries', ['workspace_id', 'job_id'])

    op.create_table('hops',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('job_id', sa.String(length=200), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('thought', sa.Text(), nullable=False),
    sa.Column('call', JSON, nullable=True),
    sa.Column('observation', JSON, nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['workspace_id', 'job_id'], ['jobs.workspace_id', 'jobs.id'], name=op.f('fk_hops_jobs'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'job_id', 'number', name=op.f('pk_hops'))
    )
    op.create_table('illustrations',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('id', sa.String(length=200), nullable=False),
    sa.Column('job_id', sa.String(length=200), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('recipe', JSON, nullable=False),
    sa.Column('status', sa.String(length=30), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('parent_id', sa.String(length=200), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('media_type', sa.String(length=100), nullable=True),
    sa.Column('width', sa.Integer(), nullable=True),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('phash', sa.String(length=16), nullable=True),
    sa.Column('alt_text', sa.Text(), nullable=True),
    sa.Column('identical', sa.Boolean(), nullable=True),
    sa.Column('difference', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['workspace_id', 'job_id'], ['jobs.workspace_id', 'jobs.id'], name=op.f('fk_illustrations_jobs'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'id', name=op.f('pk_illustrations'))
    )
    op.create_index('ix_illustrations_workspace_id_job_id', 'illustrations', ['workspace_id', 'job_id'])
    op.create_index('ix_illustrations_workspace_id_parent_id', 'illustrations', ['workspace_id', 'parent_id'])
    op.create_index('ix_illustrations_workspace_id_sha256', 'illustrations', ['workspace_id', 'sha256'])

    op.create_table('job_events',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('job_id', sa.String(length=200), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('data', JSON, nullable=False),
    sa.Column('key', sa.String(length=300), nullable=True),
    sa.ForeignKeyConstraint(['workspace_id', 'job_id'], ['jobs.workspace_id', 'jobs.id'], name=op.f('fk_job_events_jobs'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'job_id', 'seq', name=op.f('pk_job_events')),
    sa.UniqueConstraint('workspace_id', 'job_id', 'key', name=op.f('uq_job_events_workspace_id_job_id_key'))
    )
    op.create_table('job_sources',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('job_id', sa.String(length=200), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('claim', sa.Text(), nullable=False),
    sa.Column('source_id', sa.String(length=200), nullable=True),
    sa.Column('passage', sa.Text(), nullable=True),
    sa.Column('passage_start', sa.Integer(), nullable=True),
    sa.Column('supported', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['workspace_id', 'job_id'], ['jobs.workspace_id', 'jobs.id'], name=op.f('fk_job_sources_jobs'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'job_id', 'n', name=op.f('pk_job_sources'))
    )
    op.create_table('references',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('job_id', sa.String(length=200), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('img_id', sa.String(length=20), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('source_id', sa.String(length=200), nullable=True),
    sa.Column('subject', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['workspace_id', 'job_id'], ['jobs.workspace_id', 'jobs.id'], name=op.f('fk_references_jobs'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'job_id', 'position', name=op.f('pk_references'))
    )
    op.create_table('sources',
    sa.Column('workspace_id', sa.String(length=200), nullable=False),
    sa.Column('job_id', sa.String(length=200), nullable=False),
    sa.Column('id', sa.String(length=200), nullable=False),
    sa.Column('hop', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('provider', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('page_url', sa.Text(), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('license', sa.Text(), nullable=True),
    sa.Column('author', sa.Text(), nullable=True),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('img_id', sa.String(length=20), nullable=True),
    sa.Column('width', sa.Integer(), nullable=True),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('phash', sa.String(length=16), nullable=True),
    sa.ForeignKeyConstraint(['workspace_id', 'job_id'], ['jobs.workspace_id', 'jobs.id'], name=op.f('fk_sources_jobs'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('workspace_id', 'job_id', 'id', name=op.f('pk_sources'))
    )
    op.create_index('ix_sources_workspace_id_sha256', 'sources', ['workspace_id', 'sha256'])

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            """
            CREATE TABLE library_index (
                workspace_id varchar(200) NOT NULL,
                item_id varchar(200) NOT NULL,
                kind varchar(30) NOT NULL,
                document tsvector NOT NULL,
                PRIMARY KEY (workspace_id, item_id)
            )
            """
        )
        op.execute("CREATE INDEX library_index_document ON library_index USING gin (document)")
    else:
        op.execute(
            """
            CREATE VIRTUAL TABLE library_index USING fts5 (
                workspace_id UNINDEXED, item_id UNINDEXED, kind UNINDEXED, title, body,
                tokenize = 'porter unicode61 remove_diacritics 2'
            )
            """
        )


def downgrade() -> None:
    op.execute("DROP TABLE library_index")
    for table in (
        "job_events", "deliveries", "illustrations", "job_sources", "references", "sources",
        "hops", "jobs", "library_items", "search_cache", "executors", "workspaces",
    ):
        op.drop_table(table)
