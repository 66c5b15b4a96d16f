"""Issuers that are known here, trust lists, and status lists of others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issuer",
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("document_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("did", name=op.f("pk_issuer")),
    )
    op.create_table(
        "trust_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["did"], ["issuer.did"], name=op.f("fk_trust_line_did_issuer"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trust_line")),
        sa.UniqueConstraint("did", "source", name=op.f("uq_trust_line_did")),
    )
    op.create_table(
        "imported_list",
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("did", name=op.f("pk_imported_list")),
    )
    op.create_table(
        "trust_list_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_trust_list_version")),
    )
    op.create_table(
        "fetched_list",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_fetched_list")),
    )
    op.create_index(op.f("ix_fetched_list_expires_at"), "fetched_list", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_fetched_list_expires_at"), table_name="fetched_list")
    op.drop_table("fetched_list")
    op.drop_table("trust_list_version")
    op.drop_table("imported_list")
    op.drop_table("trust_line")
    op.drop_table("issuer")
