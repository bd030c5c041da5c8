"""Inserts many rows in less time than bulk_create, which compiles the statement row by row."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import batched
from typing import Any

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql import InsertQuery

CHUNK = 1000


def insert_rows(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Mapping[str, Any]]
) -> int:
    """Insert `rows`, mappings from each of `names` to a Python value; the number of rows.

    `names` are attribute names (`project_id`), and must hold every field that has no default
    in the database: Django's own defaults are not filled in. Must run in a transaction.
    """
    using = router.db_for_write(model)
    connection = connections[using]
    fields = [_field(model, name) for name in names]
    prepare = [(name, field.get_db_prep_save) for name, field in zip(names, fields, strict=True)]
    statement = _statement(model, fields, using)
    n_rows = 0
    with connection.cursor() as cursor:
        for chunk in batched(rows, CHUNK):
            values = [[save(row[name], connection) for name, save in prepare] for row in chunk]
            cursor.executemany(statement, values)
            n_rows += len(values)
    if n_rows >= CHUNK:
        _refresh_statistics(connection, model)
    return n_rows


def _refresh_statistics(connection: BaseDatabaseWrapper, model: type[models.Model]) -> None:
    """PostgreSQL plans by statistics that so many new rows leave far behind.

    Without this a query over a fresh import can take minutes, until autovacuum comes by.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def _field(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    for field in model._meta.concrete_fields:
        if field.attname == name:
            return field
    raise ValueError(f"{model.__name__} has no column {name}")


def _statement(
    model: type[models.Model], fields: "Sequence[models.Field[Any, Any]]", using: str
) -> str:
    """INSERT of one row with placeholders, as Django's own compiler writes it."""
    query = InsertQuery(model)
    query.insert_values(list(fields), [model()], raw=True)
    [(statement, _)] = query.get_compiler(using).as_sql()
    return str(statement)
