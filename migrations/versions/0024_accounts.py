"""Accounts that are one person's, and the codes by which they are joined."""

import sqlalchemy as sa
from alembic import op


revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'accounts',
        sa.Column('workspace_id', sa.String(length=200), nullable=False),
        sa.Column('member_id', sa.String(length=200), nullable=False),
        sa.Column('account', sa.String(length=200), nullable=False),
        sa.Column('person_id', sa.String(length=200), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['workspace_id'],
            ['workspaces.id'],
            name=op.f('fk_accounts_workspaces'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('workspace_id', 'member_id', name=op.f('pk_accounts')),
    )
    op.create_index(op.f('ix_accounts_account'), 'accounts', ['account'])
    op.create_index(op.f('ix_accounts_person_id'), 'accounts', ['person_id'])
    op.create_table(
        'account_codes',
        sa.Column('workspace_id', sa.String(length=200), nullable=False),
        sa.Column('member_id', sa.String(length=200), nullable=False),
        sa.Column('digest', sa.String(length=200), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['workspace_id'],
            ['workspaces.id'],
            name=op.f('fk_account_codes_workspaces'),
            ondelete='CASCADE',
        ),
        sa.PrimaryKeyConstraint('workspace_id', 'member_id', name=op.f('pk_account_codes')),
    )
    op.create_index(op.f('ix_account_codes_digest'), 'account_codes', ['digest'], unique=True)


def downgrade() -> None:
    op.drop_table('account_codes')
    op.drop_table('accounts')
