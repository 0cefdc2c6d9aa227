"""What tables need to be the same on both databases: constraint names and instants."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, MetaData
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""How constraints are called, so that a migration can drop them by name on any database."""


def metadata() -> MetaData:
    """Make the MetaData of one app's tables; its constraints are called by ``NAMING``.

    ::

        class Base(DeclarativeBase):
            metadata = metadata()
            type_annotation_map = {datetime: UtcDateTime()}
    """
    return MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware datetimes in, aware datetimes in UTC out, on SQLite too.

    Storing a naive datetime raises ValueError: nobody knows which instant it means.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware datetime into UTC."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(
                f"{value!r} has no time zone; store datetime.now(UTC) or "
                "value.replace(tzinfo=...) with the zone it is meant in."
            )
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give what SQLite stored without a zone its UTC back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
