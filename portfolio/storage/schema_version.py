"""Which revision the database's tables have, and how they get to another one.

Alembic is driven from here, without an ini file, so that an installed wheel migrates like a checkout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, exc, text

from portfolio import resources
from portfolio.errors import N_, ConfigurationError, Message, OrientirError
from portfolio.storage.engine import translated, writing

# Of PostgreSQL's advisory locks, the one under which this product migrates: the ASCII bytes of "orientir".
_MIGRATION_LOCK = int.from_bytes(b"orientir", "big")


def head() -> str:
    """The newest revision that this version of the product knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None  # the package ships revisions
    return revision


def current(engine: Engine) -> str | None:
    """The database's revision, or None for an empty one. Raises Unavailable."""
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except (exc.DBAPIError, exc.TimeoutError) as error:
        raise translated(error).with_traceback(error.__traceback__) from None


def check(engine: Engine) -> None:
    """Raises ConfigurationError with the remedy unless the database's tables are those of this version of the product."""
    revision = current(engine)
    if revision == head():
        return
    if revision is None:
        raise ConfigurationError([Message(N_("The database has no tables yet; run: portfolio db upgrade"))])
    _refuse_unknown(revision)
    raise ConfigurationError(
        [
            Message(
                N_("The database is at revision {revision}, this version needs {head}; run: portfolio db upgrade"),
                {"revision": revision, "head": head()},
            )
        ]
    )


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the tables to a later revision, all of the way or not at all.

    Raises ConfigurationError for a database that a newer version made, Unavailable when it is locked or gone.
    """
    _migrate(engine, lambda config: command.upgrade(config, revision))


def downgrade(engine: Engine, revision: str) -> None:
    """Bring the tables back to an earlier revision, or to ``base``, which drops them with everything in them."""
    _migrate(engine, lambda config: command.downgrade(config, revision))


def draft(engine: Engine, message: str) -> None:
    """Write a new revision file from the difference between an upgraded database and the tables of ``orm``, to be edited."""
    _migrate(engine, lambda config: command.revision(config, message, autogenerate=True))


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.migrations()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _refuse_unknown(revision: str) -> None:
    try:
        ScriptDirectory.from_config(_config()).get_revision(revision)
    except CommandError:
        raise ConfigurationError(
            [
                Message(
                    N_(
                        "The database was made by a newer version of the product (revision {revision}); install that version"
                    ),
                    {"revision": revision},
                )
            ]
        ) from None


def _migrate(engine: Engine, run: Callable[[Config], object]) -> None:
    try:
        with _alone(engine) as connection:
            revision = MigrationContext.configure(connection).get_current_revision()
            if revision is not None:
                _refuse_unknown(revision)
            run(_config(connection))
    except (exc.DBAPIError, exc.TimeoutError) as error:
        raise translated(error).with_traceback(error.__traceback__) from None


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """One transaction for the whole way, with every other migration kept out."""
    with writing(engine).connect() as connection:
        if engine.dialect.name != "sqlite":
            with connection.begin():
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
                yield connection
            return
        # SQLite alters a table by copying and dropping it; with foreign keys on, dropping would delete what points there.
        # The switch does nothing inside a transaction, hence the driver's own connection.
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                if broken is not None:
                    raise OrientirError(
                        f"database: after the migration table {broken[0]} points at rows that are not there"
                    )
        finally:
            driver.execute("PRAGMA foreign_keys = ON")
