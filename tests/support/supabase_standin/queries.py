"""PostgREST's requests as SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from psycopg import sql

from supabase_standin.answers import Refused
from supabase_standin.filters import NO_FILTERS, Query, Statement, order, where

ROWS_AT_MOST = 1000
"""The hosted limit of one answer."""

Rows = Sequence[Mapping[str, Any]]


def select(table: str, query: Query) -> Statement:
    """GET."""
    given = dict(query)
    conditions, values = where(query)
    statement = sql.SQL("select {} from {}{}{} limit {} offset {}").format(
        columns(given.get("select")),
        _named(table),
        conditions,
        order(given["order"]) if given.get("order") else sql.SQL(""),
        sql.Literal(min(int(given.get("limit", ROWS_AT_MOST)), ROWS_AT_MOST)),
        sql.Literal(int(given.get("offset", 0))),
    )
    return statement, values


def count(table: str, query: Query) -> Statement:
    """How many rows there are, whatever the limit."""
    conditions, values = where(query)
    return sql.SQL("select count(*) as count from {}{}").format(_named(table), conditions), values


def insert(table: str, body: Any, query: Query, *, duplicates: str | None, returning: bool) -> Statement:
    """POST of one row or many; `duplicates` are to be ignored, or merged, or refused (None)."""
    rows: Rows = body if isinstance(body, list) else [body]
    given = dict(query)
    names = _names(rows, given.get("columns"))
    listed = sql.SQL(", ").join(map(sql.Identifier, names))
    statement = sql.SQL(
        "insert into {0} ({1}) select {1} from json_populate_recordset(null::{0}, %s::json){2}{3}"
    ).format(
        _named(table),
        listed,
        _on_conflict(given.get("on_conflict"), names, duplicates),
        _returning(given, returning=returning),
    )
    return statement, [orjson.dumps(rows).decode()]


def update(table: str, changes: Mapping[str, Any], query: Query, *, returning: bool) -> Statement:
    """PATCH. Supabase refuses one of all rows."""
    conditions, values = where(query)
    _not_of_all("UPDATE", query)
    listed = sql.SQL(", ").join(map(sql.Identifier, changes))
    statement = sql.SQL(
        "update {0} set ({1}) = (select {1} from json_populate_record(null::{0}, %s::json)){2}{3}"
    ).format(_named(table), listed, conditions, _returning(dict(query), returning=returning))
    return statement, [orjson.dumps(changes).decode(), *values]


def delete(table: str, query: Query, *, returning: bool) -> Statement:
    """DELETE. Supabase refuses one of all rows."""
    conditions, values = where(query)
    _not_of_all("DELETE", query)
    return sql.SQL("delete from {}{}{}").format(
        _named(table), conditions, _returning(dict(query), returning=returning)
    ), values


def call(function: str, arguments: Mapping[str, Any]) -> Statement:
    """POST to rpc/: named arguments."""
    named = sql.SQL(", ").join(sql.SQL("{} => %s").format(sql.Identifier(name)) for name in arguments)
    return sql.SQL("select {}({}) as result").format(_named(function), named), list(arguments.values())


def columns(wanted: str | None) -> sql.Composable:
    """`id,content`, or everything."""
    if wanted in (None, "", "*"):
        return sql.SQL("*")
    assert wanted is not None
    return sql.SQL(", ").join(sql.Identifier(name.strip()) for name in wanted.split(","))


def _named(name: str) -> sql.Composable:
    return sql.Identifier("public", name)


def _names(rows: Rows, given: str | None) -> list[str]:
    if given is not None:
        return [name.strip('"') for name in given.split(",")]
    if any(row.keys() != rows[0].keys() for row in rows):
        raise Refused(400, "PGRST102", "All object keys must match")
    return list(rows[0])


def _on_conflict(target: str | None, names: Sequence[str], duplicates: str | None) -> sql.Composable:
    if duplicates is None:
        return sql.SQL("")
    on = sql.SQL(", ").join(map(sql.Identifier, (target or "id").split(",")))
    if duplicates == "ignore":
        return sql.SQL(" on conflict ({}) do nothing").format(on)
    sets = sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in names)
    return sql.SQL(" on conflict ({}) do update set {}").format(on, sets)


def _returning(given: Mapping[str, str], *, returning: bool) -> sql.Composable:
    """Not asked for, nothing is returned: whoever may write need not be able to read."""
    return sql.SQL(" returning {}").format(columns(given.get("select"))) if returning else sql.SQL("")


def _not_of_all(verb: str, query: Query) -> None:
    if all(name in NO_FILTERS for name, _ in query):
        raise Refused(400, "21000", f"{verb} requires a WHERE clause")
