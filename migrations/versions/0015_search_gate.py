"""What generators know without research, and why something was or was not looked up."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'generator_knowledge',
        sa.Column('workspace_id', sa.String(length=200), nullable=False),
        sa.Column('generator', sa.String(length=100), nullable=False),
        sa.Column('kind', sa.String(length=30), nullable=False),
        sa.Column('comparisons', sa.Integer(), nullable=False),
        sa.Column('known', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['workspace_id'], ['workspaces.id'], name=op.f('fk_generator_knowledge_workspaces'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('workspace_id', 'generator', 'kind', name=op.f('pk_generator_knowledge')),
    )
    op.add_column('jobs', sa.Column('search_reasons', JSON, nullable=True))


def downgrade() -> None:
    op.drop_column('jobs', 'search_reasons')
    op.drop_table('generator_knowledge')
