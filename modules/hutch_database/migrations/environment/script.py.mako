<%! from json import dumps %>""${dumps(message, ensure_ascii=False)}""

import sqlalchemy as sa
from alembic import op

revision = "${up_revision}"
down_revision = ${repr(down_revision).replace("'", '"')}
branch_labels = ${repr(branch_labels).replace("'", '"')}
depends_on = ${repr(depends_on).replace("'", '"')}


def upgrade() -> None:
    """Change the tables."""


def downgrade() -> None:
    """Undo the change."""
