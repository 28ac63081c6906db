"""A citation says what its passage says of the claim: supported, mentioned, contradicted or
unsupported. Rows from before have none; what their ``supported`` was worth is read from that."""

import sqlalchemy as sa
from alembic import op


revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('job_sources', sa.Column('verdict', sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column('job_sources', 'verdict')
