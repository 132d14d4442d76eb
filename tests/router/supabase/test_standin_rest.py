"""The stand-in answers the real client as PostgREST and the gateway before it do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import pytest
from postgrest.exceptions import APIError
from postgrest.types import CountMethod
from supabase import AsyncClient, AsyncClientOptions, acreate_client
from supabase_standin import Fault, Standin
from supabase_standin.keys import key
from waiting import until

ANNA = "00000000-0000-0000-0000-00000000000a"
BEN = "00000000-0000-0000-0000-00000000000b"
NOWHERE = "00000000-0000-0000-0000-000000000000"
T = TypeVar("T")
Work = Callable[[AsyncClient], Awaitable[T]]


class Project:
    """The real client against the stand-in, one call at a time."""

    def __init__(self, standin: Standin, home: str) -> None:
        self.standin = standin
        self.home = home

    def do(self, work: Work[T], apikey: str | None = None, token: str | None = None) -> T:
        async def main() -> T:
            async with httpx.AsyncClient() as http:
                options = AsyncClientOptions(
                    httpx_client=http,
                    auto_refresh_token=False,
                    persist_session=False,
                    headers={"Authorization": f"Bearer {token}"} if token else {},
                )
                given = apikey or self.standin.service_key
                return await work(await acreate_client(self.standin.url, given, options))

        return asyncio.run(main())

    def refusal(self, work: Work[Any], **given: Any) -> APIError:
        with pytest.raises(APIError) as caught:
            self.do(work, **given)
        return caught.value

    def row(self, content: str = "x", **columns: Any) -> Any:
        return {"conversation_id": self.home, "content": content} | columns

    def contents(self) -> list[str]:
        rows = self.standin.database.rows("select content from messages order by nanie_seq")
        return [row["content"] for row in rows]


@pytest.fixture
def project(standin: Standin) -> Project:
    made = standin.database.rows("insert into conversations (owner_id) values (%s) returning id", ANNA)
    return Project(standin, str(made[0]["id"]))


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def ten(project: Project) -> Project:
    project.standin.database.rows(
        "insert into messages (conversation_id, content, created_at, sender_id) select %s, n::text,"
        " timestamptz '2026-01-01' + n * interval '1 day', case when n %% 2 = 0 then 'a,b' end"
        " from generate_series(1, 10) n returning 1",
        project.home,
    )
    return project


FILTERS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "eq": (lambda q: q.eq("content", "3"), "3"),
    "neq": (lambda q: q.neq("content", "3").lt("created_at", "2026-01-06"), "1 2 4"),
    "gt and lt": (lambda q: q.gt("created_at", "2026-01-03").lt("created_at", "2026-01-06"), "3 4"),
    "gte and lte": (lambda q: q.gte("created_at", "2026-01-03").lte("created_at", "2026-01-05"), "2 3 4"),
    "in": (lambda q: q.in_("content", ["2", "9", "x"]), "2 9"),
    "in, with a comma": (lambda q: q.in_("sender_id", ["a,b"]).lte("created_at", "2026-01-05"), "2 4"),
    "in nothing": (lambda q: q.in_("content", []), ""),
    "is null": (lambda q: q.is_("sender_id", "null").lt("created_at", "2026-01-05"), "1 3"),
    "not": (lambda q: q.not_.is_("sender_id", "null").lt("created_at", "2026-01-05"), "2"),
    "like": (lambda q: q.like("content", "1%"), "1 10"),
    "ilike": (lambda q: q.ilike("sender_id", "A*").lt("created_at", "2026-01-04"), "2"),
    "or": (lambda q: q.or_("content.eq.1,and(content.eq.4,sender_id.not.is.null)"), "1 4"),
    "limit": (lambda q: q.limit(2), "1 2"),
    "range": (lambda q: q.range(3, 5), "4 5 6"),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters_mean_what_they_mean_in_postgrest(ten: Project, name: str) -> None:
    filtered, expected = FILTERS[name]
    work: Work[Any] = lambda client: (  # noqa: E731
        filtered(client.table("messages").select("content")).order("created_at").execute()
    )
    assert [row["content"] for row in ten.do(work).data] == expected.split()


def test_orders_and_counts(ten: Project) -> None:
    answer = ten.do(
        lambda client: (
            client.table("messages")
            .select("content", count=CountMethod.exact)
            .order("sender_id", nullsfirst=True)
            .order("created_at", desc=True)
            .limit(3)
            .execute()
        )
    )
    assert [row["content"] for row in answer.data] == ["9", "7", "5"]  # type: ignore[index, call-overload]
    assert answer.count == 10


def test_one_row_is_one_row_or_an_error(ten: Project) -> None:
    one = ten.do(
        lambda client: client.table("messages").select("content").eq("content", "3").single().execute()
    )
    assert one.data == {"content": "3"}
    refusal = ten.refusal(
        lambda client: client.table("messages").select("*").eq("content", "x").single().execute()
    )
    assert refusal.code == "PGRST116"
    maybe = ten.do(
        lambda client: client.table("messages").select("*").eq("content", "x").maybe_single().execute()
    )
    assert maybe is None


def test_no_answer_has_more_than_a_thousand_rows(project: Project) -> None:
    project.standin.database.rows(
        "insert into messages (conversation_id, content) select %s, 'x' from generate_series(1, 1001)"
        " returning 1",
        project.home,
    )
    answer = project.do(lambda client: client.table("messages").select("id").limit(5000).execute())
    assert len(answer.data) == 1000


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_are_written_singly_and_together_and_come_back(project: Project) -> None:
    rows = [project.row("1"), project.row("2")]
    one = project.do(lambda client: client.table("messages").insert(project.row("0")).execute())
    assert [row["content"] for row in one.data] == ["0"]  # type: ignore[index, call-overload]
    many = project.do(
        lambda client: client.table("messages").insert(rows, returning="minimal").execute()  # type: ignore[arg-type]
    )
    assert many.data == []
    assert project.contents() == ["0", "1", "2"]


def test_an_ignored_duplicate_is_no_error_and_no_row(project: Project) -> None:
    def write(content: str) -> list[Any]:
        row = project.row(content, nanie_key="k")
        return project.do(
            lambda client: (
                client.table("messages")
                .upsert(row, on_conflict="nanie_key", ignore_duplicates=True)
                .execute()
            )
        ).data

    assert len(write("first")) == 1
    assert write("second") == []
    assert project.contents() == ["first"]


def test_a_merged_duplicate_takes_the_rows_place(project: Project) -> None:
    def write(content: str) -> None:
        row = project.row(content, nanie_key="k")
        project.do(lambda client: client.table("messages").upsert(row, on_conflict="nanie_key").execute())

    write("first")
    write("second")
    assert project.contents() == ["second"]


def test_updates_and_deletes_say_what_they_met(ten: Project) -> None:
    changed = ten.do(
        lambda client: client.table("messages").update({"content": "y"}).eq("content", "3").execute()
    )
    gone = ten.do(lambda client: client.table("messages").delete().in_("content", ["1", "2"]).execute())
    nothing = ten.do(lambda client: client.table("messages").delete().eq("content", "1").execute())
    assert [len(answer.data) for answer in (changed, gone, nothing)] == [1, 2, 0]
    assert len(ten.contents()) == 8


def test_deleting_a_conversation_deletes_its_messages(ten: Project) -> None:
    ten.do(lambda client: client.table("conversations").delete().eq("id", ten.home).execute())
    assert ten.contents() == []


# ── refusals ────────────────────────────────────────────────────────────────────────────────────────────

REFUSALS: dict[str, tuple[Callable[[AsyncClient, Project], Any], str]] = {
    "a conversation that is not there": (
        lambda client, its: client.table("messages").insert(its.row(conversation_id=NOWHERE)),
        "23503",
    ),
    "no conversation": (lambda client, _: client.table("messages").insert({"content": "x"}), "23502"),
    "no UUID": (lambda client, its: client.table("messages").insert(its.row(conversation_id="x")), "22P02"),
    "no UUID in a filter": (lambda client, _: client.table("messages").select("*").eq("id", "x"), "22P02"),
    "a duplicate": (
        lambda client, its: client.table("messages").insert([its.row(nanie_key="k"), its.row(nanie_key="k")]),
        "23505",
    ),
    "a column to write": (
        lambda client, its: client.table("messages").insert(its.row(colour="red")),
        "PGRST204",
    ),
    "a column to filter by": (
        lambda client, _: client.table("messages").select("*").eq("colour", "x"),
        "42703",
    ),
    "a table": (lambda client, _: client.table("nothing").select("*"), "PGRST205"),
    "a function": (lambda client, _: client.rpc("nothing", {}), "PGRST202"),
    "a function's argument": (lambda client, _: client.rpc("nanie_check", {"x": 1}), "PGRST202"),
    "a filter that is none": (
        lambda client, _: client.table("messages").select("*").filter("id", "about", "x"),
        "PGRST100",
    ),
    "deleting everything": (lambda client, _: client.table("messages").delete(), "21000"),
    "a target that is not unique": (
        lambda client, its: client.table("messages").upsert(its.row(), on_conflict="content"),
        "42P10",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_has_postgrests_code(project: Project, name: str) -> None:
    request, code = REFUSALS[name]
    assert project.refusal(lambda client: request(client, project).execute()).code == code


def test_a_function_that_promises_to_change_nothing_is_held_to_it(project: Project) -> None:
    project.standin.database.run(
        "create function eager() returns int language plpgsql stable as"
        " $$ begin delete from messages; return 1; end $$"
    )
    refusal = project.refusal(lambda client: client.rpc("eager", {}).execute())
    assert refusal.code == "0A000"


# ── who is asking ───────────────────────────────────────────────────────────────────────────────────────


def test_a_key_that_is_none_is_refused_by_the_gateway_without_a_code(project: Project) -> None:
    refusal = project.refusal(lambda client: client.table("messages").select("*").execute(), apikey="no key")
    assert (refusal.code, refusal.message) == (None, "Invalid API key")


@pytest.mark.parametrize(
    ("token", "code"),
    [(key("authenticated", ANNA, expired=True), "PGRST303"), (key("authenticated", ANNA)[:-2], "PGRST301")],
)
def test_a_token_that_is_none_any_more_is_refused(project: Project, token: str, code: str) -> None:
    refusal = project.refusal(lambda client: client.table("messages").select("*").execute(), token=token)
    assert refusal.code == code


def test_row_level_security_is_that_of_the_token(project: Project) -> None:
    anon = project.standin.anon_key
    row = project.row("hello", sender_id=ANNA)
    write: Work[Any] = lambda client: client.table("messages").insert(row).execute()  # noqa: E731
    read: Work[Any] = lambda client: client.table("messages").select("content").execute()  # noqa: E731
    anna, ben = key("authenticated", ANNA), key("authenticated", BEN)
    project.do(write, anon, anna)
    assert project.do(read, anon, anna).data == [{"content": "hello"}]
    assert project.do(read, anon, ben).data == []
    assert project.refusal(write, apikey=anon, token=ben).code == "42501"
    assert project.refusal(read, apikey=anon).code == "42501"


# ── faults ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("when", "written"), [("before", []), ("after", ["x"])])
@pytest.mark.parametrize("how", ["cut", "reset"])
def test_a_connection_that_is_lost_is_no_error_of_the_apis(
    project: Project, how: str, when: str, written: list[str]
) -> None:
    project.standin.faults.add(Fault("messages", how=how, when=when))  # type: ignore[arg-type]
    with pytest.raises(httpx.TransportError):
        project.do(lambda client: client.table("messages").insert(project.row()).execute())
    assert project.contents() == written


@pytest.mark.parametrize(("when", "written"), [("before", []), ("after", ["x"])])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 503, "code": "PGRST001"}, "PGRST001"),
        ({"status": 500, "code": "57014"}, "57014"),
        ({"status": 429}, None),
        ({"how": "html", "status": 502}, "502"),
    ],
)
def test_a_request_fails_before_or_after_it_took_effect(
    project: Project, fault: dict[str, Any], code: str | None, when: str, written: list[str]
) -> None:
    project.standin.faults.add(Fault("messages", when=when, **fault))  # type: ignore[arg-type]
    refusal = project.refusal(lambda client: client.table("messages").insert(project.row()).execute())
    assert str(refusal.code) == str(code)
    assert project.contents() == written


def test_an_answer_may_come_too_late(project: Project) -> None:
    project.standin.faults.add(Fault("messages", how="hang", when="after"))

    async def impatient(client: AsyncClient) -> None:
        client.postgrest.session.timeout = httpx.Timeout(0.2)
        await client.table("messages").insert(project.row()).execute()

    with pytest.raises(httpx.ReadTimeout):
        project.do(impatient)
    until(lambda: project.contents() == ["x"])


def test_a_slow_answer_is_an_answer(project: Project) -> None:
    project.standin.faults.add(Fault("messages", how="slow", seconds=0.05))
    project.do(lambda client: client.table("messages").insert(project.row()).execute())
    assert project.contents() == ["x"]
