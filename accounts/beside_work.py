"""Indexes and unique constraints built while people write to the table (T52).

A plain CREATE INDEX keeps writers out until it is done, which on a large table is longer than
anybody should wait. On PostgreSQL these build beside the writers, so a migration that uses them
says `atomic = False`. What was cut short is taken up again by migrating again. SQLite, which has
one writer at a time, builds as always.
"""

from typing import Any

from django.db import migrations, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

# Whether a relation of that name is there, and whether it is an index in use.
_STATE = """
SELECT i.indisvalid FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
WHERE c.relname = %s AND pg_table_is_visible(c.oid)
"""


def _is_postgresql(editor: BaseDatabaseSchemaEditor) -> bool:
    return editor.connection.vendor == "postgresql"


def _is_built(editor: BaseDatabaseSchemaEditor, name: str) -> bool:
    """Whether the index stands; one whose building was cut short is removed."""
    with editor.connection.cursor() as cursor:
        cursor.execute(_STATE, [name])
        row = cursor.fetchone()
        if row is not None and not row[0]:
            cursor.execute(f"DROP INDEX CONCURRENTLY {editor.quote_name(name)}")
    return row is not None and bool(row[0])


class AddIndexBesideWork(migrations.AddIndex):
    """AddIndex that keeps no writer waiting."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not _is_postgresql(schema_editor):
            schema_editor.add_index(model, self.index)
        elif not _is_built(schema_editor, self.index.name):
            sql = self.index.create_sql(model, schema_editor, concurrently=True)
            schema_editor.execute(sql, params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if not _is_postgresql(schema_editor):
            schema_editor.remove_index(model, self.index)
            return
        sql = self.index.remove_sql(model, schema_editor, concurrently=True)
        schema_editor.execute(sql, params=None)


class ReplaceUniqueBesideWork(migrations.AddConstraint):
    """One unique constraint takes the place of another, without a moment in which none holds."""

    constraint: models.UniqueConstraint

    def __init__(
        self,
        model_name: str,
        constraint: models.UniqueConstraint,
        replaced: models.UniqueConstraint,
    ) -> None:
        super().__init__(model_name, constraint)
        self.replaced = replaced

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        name, args, kwargs = super().deconstruct()
        return name, list(args), {**kwargs, "replaced": self.replaced}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.remove_constraint(app_label, self.model_name_lower, self.replaced.name)
        super().state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        _replace(schema_editor, model, self.replaced, self.constraint)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        _replace(schema_editor, model, self.constraint, self.replaced)


def _replace(
    editor: BaseDatabaseSchemaEditor,
    model: type[models.Model],
    old: models.UniqueConstraint,
    new: models.UniqueConstraint,
) -> None:
    if not _is_postgresql(editor):
        with transaction.atomic(editor.connection.alias):
            editor.remove_constraint(model, old)
            editor.add_constraint(model, new)
        return
    name, table = editor.quote_name(new.name), editor.quote_name(model._meta.db_table)
    if not _is_built(editor, new.name):
        columns = {field.name: str(field.column) for field in model._meta.fields}
        listed = ", ".join(editor.quote_name(columns[field]) for field in new.fields)
        editor.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} ({listed})")
    # Both change the catalogue only.
    with transaction.atomic(editor.connection.alias):
        old_name = editor.quote_name(old.name)
        editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {old_name}")
        if not _is_constraint(editor, new.name):
            editor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}")


def _is_constraint(editor: BaseDatabaseSchemaEditor, name: str) -> bool:
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_constraint WHERE conname = %s", [name])
        return cursor.fetchone() is not None
