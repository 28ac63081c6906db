"""Rows of accounts that are one person's, and of the codes by which they are joined."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base, Id


class AccountRow(Base):
    """An account and the person whose it is."""

    __tablename__ = "accounts"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE"),
        Index(None, "account"),
        Index(None, "person_id"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    member_id: Mapped[str] = mapped_column(Id, primary_key=True)
    account: Mapped[str] = mapped_column(Id)
    """The account's key, which is the same in every workspace."""
    person_id: Mapped[str] = mapped_column(Id)
    at: Mapped[datetime]


class AccountCodeRow(Base):
    """The code that an account was given, to be entered with another one."""

    __tablename__ = "account_codes"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE"),
        Index(None, "digest", unique=True),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    member_id: Mapped[str] = mapped_column(Id, primary_key=True)
    digest: Mapped[str] = mapped_column(Id)
    expires_at: Mapped[datetime]
