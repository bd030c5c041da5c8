"""Database triggers that refuse a change, whoever asks for it (T63).

Used by migrations: `operations = [..., refuse("accounts_auditevent", "UPDATE", "DELETE")]`.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def _postgresql(name: str, table: str, verb: str, when: str) -> list[str]:
    row = "OLD" if verb == "DELETE" else "NEW"
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {when} THEN "
        f"RAISE EXCEPTION 'append-only: {verb} of {table} refused' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        f"RETURN {row}; END; $$ LANGUAGE plpgsql",
        f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def _sqlite(name: str, table: str, verb: str, when: str) -> list[str]:
    return [
        f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW WHEN {when} "
        f"BEGIN SELECT RAISE(ABORT, 'append-only: {verb} of {table} refused'); END"
    ]


def refuse(table: str, *verbs: str, when: str = "1 = 1") -> migrations.RunPython:
    """Refuse each verb (INSERT, UPDATE, DELETE) on rows of `table` where `when` holds.

    `when` is SQL over OLD and NEW that SQLite and PostgreSQL both understand.
    """

    def name(verb: str) -> str:
        return f"{table}_refuses_{verb.lower()}"

    def forwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        build = _postgresql if schema_editor.connection.vendor == "postgresql" else _sqlite
        with schema_editor.connection.cursor() as cursor:
            for verb in verbs:
                for statement in build(name(verb), table, verb, when):
                    cursor.execute(statement)

    def backwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        with schema_editor.connection.cursor() as cursor:
            for verb in verbs:
                if schema_editor.connection.vendor == "postgresql":
                    cursor.execute(f"DROP FUNCTION IF EXISTS {name(verb)} CASCADE")
                else:
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name(verb)}")

    return migrations.RunPython(forwards, backwards)
