"""The part of PostgREST's language that is spoken here, as SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql

_OPERATORS = {"eq": "=", "neq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_NO_FILTERS = frozenset({"select", "order", "limit", "offset", "on_conflict", "columns"})

Statement = tuple[sql.Composable, list[Any]]


def where(query: Sequence[tuple[str, str]]) -> Statement:
    """The filters of a request."""
    parts: list[sql.Composable] = []
    values: list[Any] = []
    for name, text in query:
        if name in _NO_FILTERS:
            continue
        operator, _, value = text.partition(".")
        column = sql.SQL("{}::text").format(sql.Identifier(name))
        if operator == "in":
            items = [item.strip('"') for item in value.strip("()").split(",") if item]
            parts.append(sql.SQL("{} = any(%s)").format(column))
            values.append(items)
        elif operator == "is":
            parts.append(sql.SQL("{} is null").format(sql.Identifier(name)))
        else:
            parts.append(sql.SQL("{} {} %s").format(column, sql.SQL(_OPERATORS[operator])))
            values.append(value)
    if not parts:
        return sql.SQL(""), []
    return sql.SQL(" where ") + sql.SQL(" and ").join(parts), values


def select(table: str, query: Sequence[tuple[str, str]]) -> Statement:
    """GET: at most a thousand rows."""
    given = dict(query)
    columns: sql.Composable = sql.SQL("*")
    if given.get("select", "*") != "*":
        columns = sql.SQL(", ").join(sql.Identifier(name.strip()) for name in given["select"].split(","))
    conditions, values = where(query)
    order: sql.Composable = sql.SQL("")
    if "order" in given:
        name, _, way = given["order"].partition(".")
        order = sql.SQL(" order by {} {}").format(
            sql.Identifier(name), sql.SQL("desc" if way.startswith("desc") else "asc")
        )
    limit = min(int(given.get("limit", 1000)), 1000)
    statement = sql.SQL("select {} from {}{}{} limit {}").format(
        columns, sql.Identifier(table), conditions, order, sql.Literal(limit)
    )
    return statement, values


def insert(table: str, rows: Sequence[Mapping[str, Any]], conflict: str | None) -> Statement:
    """POST of one row or many; `conflict` names the column whose duplicates are ignored."""
    names = sorted({name for row in rows for name in row})
    one = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(names)))
    ending = (
        sql.SQL(" on conflict ({}) do nothing").format(sql.Identifier(conflict)) if conflict else sql.SQL("")
    )
    statement = sql.SQL("insert into {} ({}) values {}{} returning *").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join([one] * len(rows)),
        ending,
    )
    return statement, [row.get(name) for row in rows for name in names]


def update(table: str, changes: Mapping[str, Any], query: Sequence[tuple[str, str]]) -> Statement:
    """PATCH."""
    conditions, values = where(query)
    sets = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in changes)
    statement = sql.SQL("update {} set {}{} returning *").format(sql.Identifier(table), sets, conditions)
    return statement, [*changes.values(), *values]


def delete(table: str, query: Sequence[tuple[str, str]]) -> Statement:
    """DELETE."""
    conditions, values = where(query)
    return sql.SQL("delete from {}{} returning *").format(sql.Identifier(table), conditions), values


def call(function: str, arguments: Mapping[str, Any]) -> Statement:
    """POST to rpc/: named arguments."""
    named = sql.SQL(", ").join(sql.SQL("{} => %s").format(sql.Identifier(name)) for name in arguments)
    return sql.SQL("select {}({}) as result").format(sql.Identifier(function), named), list(
        arguments.values()
    )
