"""URLs: from what operators write to what SQLAlchemy's async engines take."""

from importlib.util import find_spec

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from hutch_database.errors import InvalidUrl

_SQLITE = "sqlite+aiosqlite"
_POSTGRESQL = "postgresql+asyncpg"
_DRIVERS = {
    "sqlite": _SQLITE,
    _SQLITE: _SQLITE,
    "postgres": _POSTGRESQL,
    "postgresql": _POSTGRESQL,
    _POSTGRESQL: _POSTGRESQL,
}


def parse_url(text: str) -> URL:
    """Read a database URL and choose its async driver.

    Args:
        text: ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST:PORT/NAME``.

    Raises:
        InvalidUrl: It cannot be parsed, its kind of database is not supported, its
            driver is not installed, or it means a SQLite database in memory.
    """
    url = _read(text)
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise InvalidUrl(
            f"databases at {url.drivername}:// are not supported; use sqlite:///FILE, or "
            "postgresql://USER:PASSWORD@HOST:PORT/NAME with the extra hutch[postgres]."
        )
    url = url.set(drivername=driver)
    return _sqlite(url) if driver == _SQLITE else _postgresql(url)


def _read(text: str) -> URL:
    try:
        url = make_url(text)
        if "@" not in (url.host or ""):
            return url
    except (ArgumentError, ValueError):
        pass  # They quote parts of the URL, maybe of its password.
    raise InvalidUrl(
        "the database URL cannot be read; write sqlite:///FILE or "
        "postgresql://USER:PASSWORD@HOST:PORT/NAME, with special characters in the "
        "password percent-encoded (@ is %40, : is %3A, / is %2F)."
    )


def _sqlite(url: URL) -> URL:
    if url.host:
        raise InvalidUrl(
            f"sqlite://{url.host} names a host; a relative file takes three slashes "
            f"(sqlite:///{url.host}), an absolute one four (sqlite:////var/lib/app.db)."
        )
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise InvalidUrl(
            "a SQLite database in memory exists once per connection, so sessions would not "
            "share it; name a file (in tests one below tmp_path): sqlite:///FILE."
        )
    return url


def _postgresql(url: URL) -> URL:
    if find_spec("asyncpg") is None:
        raise InvalidUrl(
            "postgresql:// needs the driver asyncpg, which is not installed: "
            "pip install 'hutch[postgres]'."
        )
    mode = url.query.get("sslmode")
    if mode is None:
        return url
    # Hosting companies print libpq's name of this option; asyncpg calls it `ssl`.
    return url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
