"""The knowledge of generators, as SQLAlchemy rows."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base, CleanString, Id


class GeneratorKnowledgeRow(Base):
    """Comparisons of a generator's pictures with and without research, by the kind of their
    subject, and in how many of them research changed nothing."""

    __tablename__ = "generator_knowledge"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], ondelete="CASCADE"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    generator: Mapped[str] = mapped_column(CleanString(100), primary_key=True)
    kind: Mapped[str] = mapped_column(CleanString(30), primary_key=True)
    comparisons: Mapped[int]
    known: Mapped[int]
