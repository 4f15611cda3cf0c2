"""The first schema: people, sets, reps with their measures, findings, and the user's words on reps."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("height_m", sa.Double(), nullable=True),
        sa.Column("leg_length_m", sa.Double(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("name", name=op.f("uq_person_name")),
    )
    op.create_table(
        "exercise_set",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=False),
        sa.Column("done_offset_min", sa.Integer(), nullable=False),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.Column("exercise", sa.Text(), nullable=False),
        sa.Column("view_label", sa.Text(), nullable=False),
        sa.Column("view_azimuth_deg", sa.Double(), nullable=True),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.Column("reps_complete", sa.Integer(), nullable=False),
        sa.Column("reps_partial", sa.Integer(), nullable=False),
        sa.Column("load_kg", sa.Double(), nullable=True),
        sa.Column("shoes", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("pain", sa.Integer(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("model_sha256", sa.Text(), nullable=False),
        sa.Column("exercise_digest", sa.Text(), nullable=False),
        sa.Column("pose_quality", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(), nullable=True),
        sa.Column("missing_since", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_exercise_set_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exercise_set")),
    )
    op.create_index(op.f("ix_exercise_set_digest"), "exercise_set", ["digest"], unique=False)
    op.create_index(
        op.f("ix_exercise_set_person_id_done_at_id"),
        "exercise_set",
        ["person_id", "done_at", "id"],
        unique=True,
    )
    op.create_table(
        "finding",
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rep_number", sa.Integer(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=True),
        sa.Column("t_s", sa.Double(), nullable=True),
        sa.Column("measured", sa.Double(), nullable=False),
        sa.Column("passed_limit", sa.Double(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("cue", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"], ["exercise_set.id"], name=op.f("fk_finding_set_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("set_id", "place", name=op.f("pk_finding")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "judgement",
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("bottom_s", sa.Double(), nullable=False),
        sa.Column("rep_number", sa.Integer(), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("judged_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"], ["exercise_set.id"], name=op.f("fk_judgement_set_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("set_id", "bottom_s", name=op.f("pk_judgement")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rep",
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("exercise", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("start_s", sa.Double(), nullable=False),
        sa.Column("bottom_s", sa.Double(), nullable=False),
        sa.Column("end_s", sa.Double(), nullable=False),
        sa.Column("lead_side", sa.Text(), nullable=True),
        sa.Column("view_label", sa.Text(), nullable=False),
        sa.Column("view_azimuth_deg", sa.Double(), nullable=True),
        sa.Column("depth_class", sa.Text(), nullable=True),
        sa.Column("depth_margin_deg", sa.Double(), nullable=True),
        sa.Column("review", sa.Text(), nullable=True),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"], ["exercise_set.id"], name=op.f("fk_rep_set_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("set_id", "number", name=op.f("pk_rep")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "measure",
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rep_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("uncertainty", sa.Double(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["set_id", "rep_number"],
            ["rep.set_id", "rep.number"],
            name=op.f("fk_measure_set_id_rep_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("set_id", "name", "rep_number", "place", name=op.f("pk_measure")),
        sqlite_with_rowid=False,
    )
