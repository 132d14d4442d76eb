"""PostgREST's language of filters and orders, as SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import sql

from supabase_standin.answers import Refused

Query = Sequence[tuple[str, str]]
Statement = tuple[sql.Composable, list[Any]]

OPERATORS = {
    "eq": "=", "neq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "like": "like", "ilike": "ilike",
}  # fmt: skip
IS = {"null": "null", "true": "true", "false": "false", "unknown": "unknown", "not_null": "not null"}
NO_FILTERS = frozenset({"select", "order", "limit", "offset", "on_conflict", "columns"})


def where(query: Query) -> Statement:
    """The filters of a request, all of which must hold."""
    found = [condition(name, text) for name, text in query if name not in NO_FILTERS]
    if not found:
        return sql.SQL(""), []
    text, values = _joined(found, " and ")
    return sql.SQL(" where ") + text, values


def condition(name: str, text: str) -> Statement:
    """One filter: `column` and `operator.value`, or `or` and a list of such."""
    if name in ("or", "and", "not.or", "not.and"):
        parts = [condition(*_first_dot(part)) for part in _split(text.strip()[1:-1])]
        joined, values = _joined(parts, f" {name.removeprefix('not.')} ")
        return sql.SQL("not ({})" if name.startswith("not.") else "({})").format(joined), values
    operator, value = _first_dot(text)
    if operator == "not":
        inner, values = condition(name, value)
        return sql.SQL("not ({})").format(inner), values
    return _comparison(sql.Identifier(name), operator, value)


def _comparison(column: sql.Composable, operator: str, value: str) -> Statement:
    if operator == "in":
        items = [_unquoted(item) for item in _split(value.strip()[1:-1])]
        if not items:
            return sql.SQL("false"), []
        places = sql.SQL(", ").join([sql.Placeholder()] * len(items))
        return sql.SQL("{} in ({})").format(column, places), list(items)
    if operator == "is" and value in IS:
        return sql.SQL("{} is {}").format(column, sql.SQL(IS[value])), []
    if operator not in OPERATORS:
        raise Refused(400, "PGRST100", f"failed to parse filter ({operator}.…)")
    if operator.endswith("like"):
        value = value.replace("*", "%")
    return sql.SQL("{} {} %s").format(column, sql.SQL(OPERATORS[operator])), [value]


def order(text: str) -> sql.Composable:
    """`created_at.desc.nullslast,id.asc`."""
    parts = []
    for item in text.split(","):
        name, *ways = item.split(".")
        words = {"asc": " asc", "desc": " desc", "nullsfirst": " nulls first", "nullslast": " nulls last"}
        if not set(ways) <= set(words):
            raise Refused(400, "PGRST100", f"failed to parse order ({item})")
        parts.append(sql.Identifier(name) + sql.SQL("".join(words[way] for way in ways)))
    return sql.SQL(" order by ") + sql.SQL(", ").join(parts)


def _joined(parts: Sequence[Statement], between: str) -> Statement:
    return sql.SQL(between).join([text for text, _ in parts]), [
        value for _, values in parts for value in values
    ]


def _first_dot(text: str) -> tuple[str, str]:
    for logical in ("not.or", "not.and", "or", "and"):
        if text.startswith(f"{logical}("):
            return logical, text.removeprefix(logical)
    head, _, rest = text.partition(".")
    return head, rest


def _split(text: str) -> Iterator[str]:
    """The items of a list; commas in quotes and in inner lists do not part them."""
    depth, quoted, item = 0, False, ""
    for letter in text:
        quoted ^= letter == '"'
        depth += 0 if quoted else {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and not quoted and depth == 0:
            yield item
            item = ""
        else:
            item += letter
    if item:
        yield item


def _unquoted(item: str) -> str:
    if len(item) >= 2 and item[0] == item[-1] == '"':
        return re.sub(r"\\(.)", r"\1", item[1:-1])
    return item
