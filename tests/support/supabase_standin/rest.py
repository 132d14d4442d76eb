"""PostgREST's half of the stand-in: requests as statements of the key's role, in a transaction each."""

from __future__ import annotations

from typing import Any

import orjson
import psycopg
from psycopg import sql
from starlette.requests import Request
from starlette.responses import Response

from supabase_standin import answers, keys, queries
from supabase_standin.acting import Acting, Connection
from supabase_standin.answers import Refused
from supabase_standin.filters import Statement
from supabase_standin.keys import Claims

ONE_ROW = "application/vnd.pgrst.object+json"


class Rest:
    """Answers on worker threads."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting
        self.requests: list[str] = []

    def answer(self, request: Request, body: bytes) -> Response:
        """One request to /rest/v1/…."""
        claims = claims_of(request)
        if isinstance(claims, Response):
            return claims
        try:
            with self._acting.transaction_of(claims) as connection:
                return _carry_out(connection, request, body)
        except Refused as refused:
            return refused.answer
        except psycopg.Error as trouble:
            return _refused(trouble, request, claims.role)


def claims_of(request: Request) -> Claims | Response:
    """Whom a request acts for: the gateway looks at the `apikey`, PostgREST at the bearer's token."""
    apikey = request.headers.get("apikey") or request.query_params.get("apikey")
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ") or apikey or ""
    if keys.read(apikey or "") is None:
        return answers.unknown_key(apikey)
    claims = keys.examine(bearer)
    return claims if isinstance(claims, Claims) else answers.unknown_token(claims)


def _refused(trouble: psycopg.Error, request: Request, role: str) -> Response:
    is_written = request.method in ("POST", "PATCH") and "/rpc/" not in request.url.path
    if trouble.sqlstate == "42703" and is_written:
        return answers.error(400, "PGRST204", f"Could not find the column ({trouble.diag.message_primary})")
    return answers.of_database(trouble, role=role)


def _carry_out(connection: Connection, request: Request, body: bytes) -> Response:
    *_, folder, name = request.url.path.split("/")
    if folder == "rpc":
        return _call(connection, name, orjson.loads(body or b"{}"))
    if request.method in ("GET", "HEAD"):
        return _select(connection, name, request)
    prefer = request.headers.get("prefer", "")
    query = request.query_params.multi_items()
    returning = "return=representation" in prefer
    match request.method:
        case "POST":
            duplicates = next((word for word in ("ignore", "merge") if f"{word}-duplicates" in prefer), None)
            given = orjson.loads(body)
            if given == []:
                return answers.data([], 201)
            statement = queries.insert(name, given, query, duplicates=duplicates, returning=returning)
        case "PATCH":
            statement = queries.update(name, orjson.loads(body), query, returning=returning)
        case _:
            statement = queries.delete(name, query, returning=returning)
    status = 201 if request.method == "POST" else 200
    rows = _run(connection, statement)
    if not returning:
        return Response(status_code=201 if status == 201 else 204)
    return _rows(rows, request, status)


def _select(connection: Connection, table: str, request: Request) -> Response:
    query = request.query_params.multi_items()
    rows = _run(connection, queries.select(table, query))
    headers, status = {}, 200
    if "count=exact" in request.headers.get("prefer", ""):
        total = _run(connection, queries.count(table, query))[0]["count"]
        first = int(request.query_params.get("offset", 0))
        shown = f"{first}-{first + len(rows) - 1}" if rows else "*"
        headers["content-range"] = f"{shown}/{total}"
        status = 206 if len(rows) < total else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return _rows(rows, request, status, headers)


def _rows(rows: list[Any], request: Request, status: int, headers: dict[str, str] | None = None) -> Response:
    if ONE_ROW not in request.headers.get("accept", ""):
        return answers.data(rows, status, headers)
    if len(rows) != 1:
        message = "Cannot coerce the result to a single JSON object"
        raise Refused(406, "PGRST116", message, f"The result contains {len(rows)} rows")
    return answers.data(rows[0], status, headers)


def _call(connection: Connection, function: str, arguments: dict[str, Any]) -> Response:
    """A function that promises to change nothing is held to it."""
    found = connection.execute(
        "select provolatile::text as kind, proretset as many from pg_proc"
        " where proname = %s and pronamespace = 'public'::regnamespace",
        (function,),
    ).fetchone()
    if found is not None and found["kind"] != "v":
        connection.execute("set transaction read only")
    results = [row["result"] for row in _run(connection, queries.call(function, arguments))]
    return answers.data(results if found is not None and found["many"] else results[0], 200)


def _run(connection: Connection, statement: Statement) -> list[Any]:
    text, values = statement
    done = connection.execute(sql.Composed([text]), values)
    return done.fetchall() if done.description else []
