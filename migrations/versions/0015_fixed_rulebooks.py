"""Published versions of the rulebook are never changed: the database refuses it, and a digest tells
whether somebody did it all the same."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from moralbank.core.append_only import protect, unprotect

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

VERSIONS = sa.table(
    "rulebook_versions",
    sa.column("version", sa.Integer),
    sa.column("effective_from", sa.Date),
    sa.column("document", sa.JSON().with_variant(JSONB(), "postgresql")),
    sa.column("digest", sa.Text),
)


def upgrade() -> None:
    """Take the digest of what was published, then protect it."""
    op.add_column("rulebook_versions", sa.Column("digest", sa.Text(), nullable=True))
    connection = op.get_bind()
    for row in connection.execute(sa.select(VERSIONS)).all():
        written = json.dumps(
            row.document, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        text = f"{row.effective_from.isoformat()}\n{written}"
        connection.execute(
            sa.update(VERSIONS)
            .where(VERSIONS.c.version == row.version)
            .values(digest=hashlib.sha256(text.encode()).hexdigest())
        )
    for statement in protect("rulebook_versions", connection.dialect.name, [["version"]]):
        op.execute(statement)


def downgrade() -> None:
    """Take both away."""
    for statement in unprotect("rulebook_versions", op.get_bind().dialect.name):
        op.execute(statement)
    op.drop_column("rulebook_versions", "digest")
