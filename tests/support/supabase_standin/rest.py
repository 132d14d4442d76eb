"""PostgREST's half of the stand-in: requests as statements of the key's role, in a transaction each."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import psycopg
from postgres import Database, Row
from psycopg import sql
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from supabase_standin import keys, queries
from supabase_standin.faults import Fault, Faults

STATUS = {"23503": 409, "23505": 409, "42501": 403, "22P02": 400, "23502": 400, "42883": 404, "42P01": 404}


class Cut(Exception):
    """The connection ends without an answer."""


class Hang(Exception):
    """The connection stays, without an answer."""


class Rest:
    """Answers on worker threads; connections to the database are kept."""

    def __init__(self, database: Database, faults: Faults) -> None:
        self._database = database
        self._faults = faults
        self._idle: queue.SimpleQueue[psycopg.Connection[Row]] = queue.SimpleQueue()
        self.requests: list[str] = []

    def answer(self, request: Request, body: bytes) -> Response:
        """One request to /rest/v1/…; raises Cut or Hang."""
        path = request.url.path
        self.requests.append(f"{request.method} {path}")
        fault = self._faults.take(path)
        if fault is not None and fault.when == "before":
            return _failed(fault)
        claims = keys.read(request.headers.get("authorization", "").removeprefix("Bearer "))
        if claims is None or not request.headers.get("apikey"):
            return _json({"message": "Invalid API key"}, 401)
        try:
            with self._connection() as connection, connection.transaction():
                _act_as(connection, claims)
                result = self._carry_out(connection, request, body)
        except psycopg.Error as error:
            return _refused(error)
        if fault is not None:
            return _failed(fault)
        return result

    def close(self) -> None:
        """Let go of the database."""
        while not self._idle.empty():
            self._idle.get().close()

    def _carry_out(self, connection: psycopg.Connection[Row], request: Request, body: bytes) -> Response:
        query = request.query_params.multi_items()
        prefer = request.headers.get("prefer", "")
        *_, folder, name = request.url.path.split("/")
        if folder == "rpc":
            found = _run(connection, queries.call(name, orjson.loads(body or b"{}")))
            return _json(found[0]["result"], 200)
        match request.method:
            case "GET":
                return _json(_run(connection, queries.select(name, query)), 200)
            case "POST":
                given = orjson.loads(body)
                rows = given if isinstance(given, list) else [given]
                conflict = dict(query).get("on_conflict") if "ignore-duplicates" in prefer else None
                done, status = _run(connection, queries.insert(name, rows, conflict)), 201
            case "PATCH":
                done, status = _run(connection, queries.update(name, orjson.loads(body), query)), 200
            case _:
                done, status = _run(connection, queries.delete(name, query)), 200
        if "return=minimal" in prefer:
            return Response(status_code=status if status == 201 else 204)
        return _json(done, status)

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Row]]:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._database.connect()
        try:
            yield connection
        finally:
            self._idle.put(connection)


def _act_as(connection: psycopg.Connection[Row], claims: keys.Claims) -> None:
    connection.execute(f"set local role {claims.role}")
    told = {"role": claims.role} | ({"sub": claims.user} if claims.user else {})
    connection.execute("select set_config('request.jwt.claims', %s, true)", (orjson.dumps(told).decode(),))


def _run(connection: psycopg.Connection[Row], statement: queries.Statement) -> list[Row]:
    text, values = statement
    rows: list[Row] = connection.execute(sql.Composed([text]), values).fetchall()
    return rows


def _json(value: Any, status: int) -> Response:
    return Response(orjson.dumps(value, default=str), status, media_type="application/json")


def _refused(error: psycopg.Error) -> Response:
    code = error.sqlstate or "XX000"
    body = {"message": str(error.diag.message_primary), "code": code, "details": None, "hint": None}
    return _json(body, STATUS.get(code, 500))


def _failed(fault: Fault) -> Response:
    match fault.how:
        case "cut":
            raise Cut
        case "hang":
            raise Hang
        case "html":
            return HTMLResponse("<html>502 Bad Gateway</html>", fault.status)
        case _:
            return _json({"message": "a fault of the test's", "code": fault.code}, fault.status)
