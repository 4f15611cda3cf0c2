"""The tables of the history: what the set folders say, indexed, and what the user says about it.

Every column carries its unit and meaning as its comment; docs/data.md holds the same words. Times are UTC.
A change here needs a migration (`migrations/versions`), and a database of the schema before it in the tests.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from sqlalchemy import (
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from hipform.records import ViewLabel

REVISION: Final = "0001"  # of the newest migration: what a database must have to be used


# SQLite then keeps the rows themselves in the order of the key, which is how they are read.
_BY_KEY: Final = {"sqlite_with_rowid": False}


class Utc(TypeDecorator[datetime]):
    """A moment: aware outside, UTC without zone in the database, so that both databases sort it alike."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To the database; a time without zone is a mistake and raises ValueError."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without time zone")
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        return value and value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """All tables. Constraints have names, so that migrations can change them in either database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {str: Text, float: Double, datetime: Utc}


def _column(comment: str, *arguments: Any, **options: Any) -> Any:
    return mapped_column(*arguments, comment=comment, **options)


class PersonRow(Base):
    """Who does sets."""

    __tablename__ = "person"

    id: Mapped[int] = _column("1 for the first", primary_key=True, autoincrement=False)
    name: Mapped[str] = _column("as the user calls them; no two alike", unique=True)
    height_m: Mapped[float | None] = _column("body height, metres")
    leg_length_m: Mapped[float | None] = _column("from hip joint to floor, metres")
    notes: Mapped[str] = _column("the user's own words")
    sample: Mapped[bool] = _column("an invented person whose sets are shown only when asked for")


class SetRow(Base):
    """A set: one folder of the library, and what the user says about it."""

    __tablename__ = "exercise_set"
    # Unique (an id is), so that what is asked in the order of time needs no sorting.
    __table_args__ = (Index(None, "person_id", "done_at", "id", unique=True),)

    id: Mapped[str] = _column("name of its folder", primary_key=True)
    person_id: Mapped[int] = _column(
        "who did it", ForeignKey("person.id", deferrable=True, initially="DEFERRED")
    )
    digest: Mapped[str | None] = _column(
        "SHA-256 of its poses and the exercise definitions, by which the same set is known again; "
        "null when it has no reps",
        index=True,
    )
    title: Mapped[str] = _column("the name that the video was given")
    added_at: Mapped[datetime] = _column("when it was kept")
    done_at: Mapped[datetime] = _column("when it was done")
    done_offset_min: Mapped[int] = _column("local time where it was done, minutes ahead of UTC")
    done_by: Mapped[str] = _column("who says when it was done: recording, adding (unknown before) or user")
    exercise: Mapped[str] = _column("id of the exercise, none where none was recognised")
    view_label: Mapped[ViewLabel] = _column("the side of the person that faced the camera", Text)
    view_azimuth_deg: Mapped[float | None] = _column(
        "degrees: 0 front, +90 the person's left side, -90 right side, 180 back"
    )
    duration_s: Mapped[float] = _column("length of the recording, seconds")
    reps_complete: Mapped[int] = _column("complete reps as measured")
    reps_partial: Mapped[int] = _column("partial reps as measured")
    load_kg: Mapped[float | None] = _column("weight that was moved, kilograms; null when not told")
    shoes: Mapped[str] = _column("what was worn, the user's own words")
    notes: Mapped[str] = _column("the user's own words")
    pain: Mapped[int | None] = _column("0 none to 10 worst imaginable, as the user says; null when not told")
    made_by: Mapped[str] = _column("version of hipform that measured it")
    model_sha256: Mapped[str] = _column("digest of the pose model")
    exercise_digest: Mapped[str] = _column("digests of the exercise definitions")
    pose_quality: Mapped[str] = _column("fast, balanced or best")
    deleted_at: Mapped[datetime | None] = _column("when the user deleted it; null when not")
    missing_since: Mapped[datetime | None] = _column(
        "when its folder was first not found; null when it is there"
    )


class RepRow(Base):
    """A rep as it was measured."""

    __tablename__ = "rep"
    __table_args__ = (_BY_KEY,)

    set_id: Mapped[str] = _column(
        "its set", ForeignKey("exercise_set.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = _column("1 for the first of the set", primary_key=True, autoincrement=False)
    exercise: Mapped[str] = _column("id of the exercise of this rep")
    variant: Mapped[str | None] = _column("for example split squat or RDL")
    complete: Mapped[bool] = _column("false for a partial rep, which does not count")
    reason: Mapped[str | None] = _column("why it is partial")
    start_s: Mapped[float] = _column("when it left standing, seconds since the first frame")
    bottom_s: Mapped[float] = _column("its deepest moment, seconds since the first frame")
    end_s: Mapped[float] = _column("when it was back, seconds since the first frame")
    lead_side: Mapped[str | None] = _column("the front leg of a lunge: left or right")
    view_label: Mapped[str] = _column("the side of the person that faced the camera in this rep")
    view_azimuth_deg: Mapped[float | None] = _column("the same in degrees, as in exercise_set")
    depth_class: Mapped[str | None] = _column("of a squat from the side: clearly below, about parallel, …")
    depth_margin_deg: Mapped[float | None] = _column("thigh above level, degrees; negative below")
    review: Mapped[str | None] = _column("why it should be looked at")
    definition: Mapped[str] = _column("two numbers with the same word here were made the same way")


class MeasureRow(Base):
    """A number of a rep."""

    __tablename__ = "measure"
    # In this order one number of all reps of a set lies side by side, which is what a trend reads.
    __table_args__ = (
        ForeignKeyConstraint(["set_id", "rep_number"], ["rep.set_id", "rep.number"], ondelete="CASCADE"),
        _BY_KEY,
    )

    set_id: Mapped[str] = _column("its set", primary_key=True)
    name: Mapped[str] = _column("one of the measures above", primary_key=True)
    rep_number: Mapped[int] = _column("its rep", primary_key=True, autoincrement=False)
    place: Mapped[int] = _column("0, or 1 for the far leg where both were seen", primary_key=True)
    value: Mapped[float] = _column("the number")
    uncertainty: Mapped[float] = _column("half-width that is expected to hold 90 % of the errors, same unit")
    unit: Mapped[str] = _column("deg, s or ratio")
    side: Mapped[str | None] = _column("left or right leg, null for the whole body")
    role: Mapped[str | None] = _column("lead or rear leg of a lunge")


class FindingRow(Base):
    """A finding, of a rep or of the set."""

    __tablename__ = "finding"
    __table_args__ = (_BY_KEY,)

    set_id: Mapped[str] = _column(
        "its set", ForeignKey("exercise_set.id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[int] = _column("0 for the first of the set", primary_key=True, autoincrement=False)
    rep_number: Mapped[int | None] = _column("its rep, null when it is about the whole set")
    rule: Mapped[str] = _column("id of the rule")
    severity: Mapped[str] = _column("info, warn or fault")
    side: Mapped[str | None] = _column("left or right leg, null for the body")
    t_s: Mapped[float | None] = _column("the moment, seconds since the first frame")
    measured: Mapped[float] = _column("the number that was judged")
    passed_limit: Mapped[float] = _column("the limit that it passed, same unit")
    unit: Mapped[str] = _column("deg, s or ratio")
    cue: Mapped[str] = _column("what to do, for people")


class JudgementRow(Base):
    """The user's own word on a rep, beside what was measured and never changed by measuring again."""

    __tablename__ = "judgement"
    __table_args__ = (_BY_KEY,)

    set_id: Mapped[str] = _column(
        "its set", ForeignKey("exercise_set.id", ondelete="CASCADE"), primary_key=True
    )
    bottom_s: Mapped[float] = _column(
        "deepest moment of the rep when it was judged, seconds since the first frame", primary_key=True
    )
    rep_number: Mapped[int | None] = _column(
        "the rep that it belongs to; null when measuring again found none there"
    )
    accepted: Mapped[bool | None] = _column("true: a good rep; false: not one; null: only a note")
    note: Mapped[str] = _column("the user's own words")
    judged_at: Mapped[datetime] = _column("when it was said")
