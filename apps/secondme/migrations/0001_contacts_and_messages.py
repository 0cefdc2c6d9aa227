"""contacts, messages, personas and what SecondMe remembers"""

import sqlalchemy as sa
from alembic import op

revision = "6c1d0b7e52a4"
down_revision = None
branch_labels = ("secondme",)
depends_on = None


def upgrade() -> None:
    """Make the tables, and the persona that new contacts have."""
    op.create_table(
        "contact",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("persona_id", sa.String(), nullable=False),
        sa.Column("enabled_epoch", sa.String()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("contact_id", sa.String(), nullable=False, index=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False, index=True),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("answer", sa.Text()),
        sa.Column("delivery", sa.String()),
    )
    personas = op.create_table(
        "persona",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("style_guide", sa.Text(), nullable=False),
        sa.Column("tone", sa.String(), nullable=False),
        sa.Column("example_messages", sa.JSON(), nullable=False),
    )
    op.create_table(
        "kill_switch",
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String()),
    )
    op.create_table(
        "qr_offer",
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("pairing_id", sa.Text(), nullable=False),
        sa.Column("picture", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "id_key",
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.Text(), nullable=False),
    )
    op.bulk_insert(
        personas,
        [
            {
                "id": "professional",
                "style_guide": "Use formal language, short sentences and no emoji.",
                "tone": "polite",
                "example_messages": ["Thank you for your message."],
            }
        ],
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("id_key", "qr_offer", "kill_switch", "persona", "message", "contact"):
        op.drop_table(table)
