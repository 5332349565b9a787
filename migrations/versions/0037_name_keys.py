"""What volunteers' names are typed as in pinyin, so that a search finds them."""

import sqlalchemy as sa
from alembic import op

from moralbank.people.pinyin import typed_as

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

AT_ONCE = 1000


def upgrade() -> None:
    """Make the table, and fill it from the names that there are."""
    made = op.create_table(
        "name_keys",
        sa.Column(
            "key", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("volunteer_id", sa.String(16), nullable=False),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteers.id"], name="fk_name_keys_volunteer_id"
        ),
        sa.PrimaryKeyConstraint("key", "volunteer_id", name="pk_name_keys"),
    )
    op.create_index("ix_name_keys_volunteer_id", "name_keys", ["volunteer_id"])
    bind = op.get_bind()
    last = ""
    while True:
        people = bind.execute(
            sa.text("SELECT id, name FROM volunteers WHERE id > :last ORDER BY id LIMIT :most"),
            {"last": last, "most": AT_ONCE},
        ).all()
        rows = [
            {"key": key, "volunteer_id": person.id}
            for person in people
            for key in sorted(typed_as(person.name))
        ]
        if rows:
            bind.execute(made.insert(), rows)
        if len(people) < AT_ONCE:
            return
        last = people[-1].id


def downgrade() -> None:
    """Drop it."""
    op.drop_table("name_keys")
