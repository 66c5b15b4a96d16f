"""Tokens of organisations, what programs issued under them, and challenges that were answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("ogrn", sa.String(length=15), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_api_token_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_api_token_token_sha256")),
    )
    op.create_index(op.f("ix_api_token_organization_id"), "api_token", ["organization_id"], unique=False)
    op.create_table(
        "api_credential",
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name=op.f("fk_api_credential_credential_id_credential")
        ),
        sa.ForeignKeyConstraint(["token_id"], ["api_token.id"], name=op.f("fk_api_credential_token_id_api_token")),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_api_credential")),
    )
    op.create_index(op.f("ix_api_credential_token_id"), "api_credential", ["token_id"], unique=False)
    op.create_table(
        "used_challenge",
        sa.Column("challenge_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("challenge_sha256", name=op.f("pk_used_challenge")),
    )
    op.create_index(op.f("ix_used_challenge_expires_at"), "used_challenge", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_used_challenge_expires_at"), table_name="used_challenge")
    op.drop_table("used_challenge")
    op.drop_index(op.f("ix_api_credential_token_id"), table_name="api_credential")
    op.drop_table("api_credential")
    op.drop_index(op.f("ix_api_token_organization_id"), table_name="api_token")
    op.drop_table("api_token")
