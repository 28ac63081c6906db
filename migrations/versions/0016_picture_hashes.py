"""Perceptual hashes of pictures, to find them again."""

import sqlalchemy as sa
from alembic import op


revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'picture_hashes',
        sa.Column('workspace_id', sa.String(length=200), nullable=False),
        sa.Column('illustration_id', sa.String(length=200), nullable=False),
        sa.Column('hashes', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ['workspace_id', 'illustration_id'],
            ['illustrations.workspace_id', 'illustrations.id'],
            name=op.f('fk_picture_hashes_illustrations'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('workspace_id', 'illustration_id', name=op.f('pk_picture_hashes')),
    )


def downgrade() -> None:
    op.drop_table('picture_hashes')
