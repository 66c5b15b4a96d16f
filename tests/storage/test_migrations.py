import shutil
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Index, MetaData, inspect, text

from portfolio import resources
from portfolio.errors import ConfigurationError, OrientirError, Unavailable
from portfolio.storage import schema_version
from portfolio.storage.engine import DatabaseSessions, make_engine
from portfolio.storage.orm import Agreement, Base, Organization
from tests.databases import FreshDatabase


def tables(database: FreshDatabase) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def differences(database: FreshDatabase, metadata: MetaData) -> list[object]:
    with database.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True, "render_as_batch": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


def test_the_revisions_make_exactly_the_tables_of_the_orm(databases: FreshDatabase) -> None:
    assert differences(databases, Base.metadata) == []


def test_the_comparison_sees_a_forgotten_index(databases: FreshDatabase) -> None:
    changed = MetaData()
    for table in Base.metadata.tables.values():
        table.to_metadata(changed)
    Index("ix_forgotten", changed.tables["pupil"].c.note)
    assert [kind for kind, _ in differences(databases, changed)] == ["add_index"]


def test_the_checks_that_the_comparison_cannot_see_are_there(databases: FreshDatabase) -> None:
    checks = {
        (table, check["name"])
        for table in Base.metadata.tables
        for check in inspect(databases.engine).get_check_constraints(table)
    }
    assert checks == {("home", "ck_home_single")}


def test_up_and_down_and_up_again(empty_databases: FreshDatabase) -> None:
    engine = empty_databases.engine
    assert schema_version.current(engine) is None
    schema_version.upgrade(engine)
    assert schema_version.current(engine) == schema_version.head()
    assert tables(empty_databases) == set(Base.metadata.tables) | {"alembic_version"}
    schema_version.check(engine)
    schema_version.upgrade(engine)
    schema_version.downgrade(engine, "base")
    assert schema_version.current(engine) is None
    assert tables(empty_databases) == {"alembic_version"}
    schema_version.upgrade(engine)
    schema_version.check(engine)


def test_several_may_upgrade_at_once(empty_databases: FreshDatabase) -> None:
    failures: list[OrientirError] = []

    def upgrade() -> None:
        engine = make_engine(empty_databases.url)
        try:
            schema_version.upgrade(engine)
        except OrientirError as error:
            failures.append(error)
        engine.dispose()

    threads = [threading.Thread(target=upgrade) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    schema_version.check(empty_databases.engine)


def test_an_empty_database_is_refused_with_the_remedy(empty_databases: FreshDatabase) -> None:
    with pytest.raises(ConfigurationError, match="run: portfolio db upgrade"):
        schema_version.check(empty_databases.engine)


def test_a_newer_database_is_refused_and_left_alone(databases: FreshDatabase) -> None:
    with databases.sessions.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="newer version") as caught:
        schema_version.check(databases.engine)
    assert "9999" in str(caught.value.faults[0])
    with pytest.raises(ConfigurationError, match="newer version"):
        schema_version.upgrade(databases.engine)
    assert schema_version.current(databases.engine) == "9999"


def test_an_absent_server_is_unavailable(tmp_path: Path) -> None:
    engine = make_engine(f"postgresql://orientir@/x?host={tmp_path}")
    with pytest.raises(Unavailable):
        schema_version.check(engine)
    with pytest.raises(Unavailable):
        schema_version.upgrade(engine)


# --- what later revisions may rely on

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = {head!r}

def upgrade():
{upgrade}

def downgrade():
    with op.batch_alter_table("organization") as batch:
        batch.drop_constraint("uq_organization_website", type_="unique")
        batch.drop_column("website")
"""


@pytest.fixture
def next_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The migrations with room for one revision more."""
    head = schema_version.head()
    folder = tmp_path / "100 % new" / "migrations"
    shutil.copytree(resources.migrations(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / "versions" / "next.py"
    path.write_text(NEXT.format(head=head, upgrade="    pass"))
    monkeypatch.setattr(resources, "migrations", lambda: folder)
    return path


def rewrite(path: Path, *lines: str) -> None:
    path.write_text(path.read_text().replace("    pass", "\n".join("    " + line for line in lines)))


def add_partner(sessions: DatabaseSessions) -> None:
    with sessions.write() as session:
        partner = Organization(code="P-1", name="Завод «Пример»", kind="enterprise", ogrn="1020000000011")
        session.add(Agreement(organization=partner, number="7", status="signed"))


def count(database: FreshDatabase, table: str) -> int:
    with database.sessions.read() as session:
        return session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def test_an_older_database_is_refused_with_the_remedy(databases: FreshDatabase, next_revision: Path) -> None:
    with pytest.raises(ConfigurationError, match="this version needs next; run: portfolio db upgrade"):
        schema_version.check(databases.engine)


def test_altering_a_table_keeps_what_points_at_it(databases: FreshDatabase, next_revision: Path) -> None:
    rewrite(
        next_revision,
        'with op.batch_alter_table("organization") as batch:',
        '    batch.add_column(sa.Column("website", sa.Text(), nullable=True))',
        '    batch.create_unique_constraint("uq_organization_website", ["website"])',  # SQLite: copies the table
    )
    add_partner(databases.sessions)
    schema_version.upgrade(databases.engine)
    assert count(databases, "agreement") == 1
    assert "website" in {column["name"] for column in inspect(databases.engine).get_columns("organization")}
    with pytest.raises(OrientirError), databases.sessions.write() as session:  # foreign keys hold again
        session.execute(text("DELETE FROM organization"))
    schema_version.downgrade(databases.engine, "-1")
    assert count(databases, "agreement") == 1
    assert differences(databases, Base.metadata) == []


def test_a_revision_that_fails_half_way_changes_nothing(databases: FreshDatabase, next_revision: Path) -> None:
    rewrite(
        next_revision,
        'op.create_table("half", sa.Column("id", sa.Integer()))',
        'op.execute("SELECT nothing FROM nowhere")',
    )
    before = schema_version.current(databases.engine)
    with pytest.raises(OrientirError):
        schema_version.upgrade(databases.engine)
    assert "half" not in tables(databases)
    assert schema_version.current(databases.engine) == before


def test_a_revision_that_breaks_a_reference_changes_nothing(databases: FreshDatabase, next_revision: Path) -> None:
    rewrite(next_revision, 'op.execute("DELETE FROM organization")')
    add_partner(databases.sessions)
    with pytest.raises(OrientirError):
        schema_version.upgrade(databases.engine)
    assert count(databases, "organization") == 1


def test_a_drafted_revision_names_no_type_of_ours(databases: FreshDatabase, next_revision: Path) -> None:
    next_revision.unlink()
    with databases.engine.begin() as connection:
        connection.execute(text("ALTER TABLE home DROP COLUMN made_at"))
    schema_version.draft(databases.engine, "moments")
    (drafted,) = next_revision.parent.glob("*_moments.py")
    written = drafted.read_text()
    assert "sa.Column('made_at', sa.DateTime(timezone=True), nullable=False)" in written
    assert "portfolio" not in written
    compile(written, drafted.name, "exec")
