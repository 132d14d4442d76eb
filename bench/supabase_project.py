"""A Supabase project to measure against: a real PostgreSQL behind the stand-in, in a process of its own.

`python -m bench.supabase_project` is that process: it prints where it is, as one JSON object, and ends with
its standard input. In the measuring process it would take the interpreter from what is measured.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_SUPPORT = _ROOT / "tests" / "support"
"""Where the stand-in is at home. The one place of the benchmarks that reaches into the tests: it is their
double of Supabase, and a second one would be measured in vain."""

TELL = """
create function bench_tell() returns trigger language plpgsql as $$
begin perform pg_notify('bench', split_part(new.nanie_key, '/', 1)); return new; end $$;
create trigger bench_tell after insert on messages for each row when (new.nanie_key is not null)
execute function bench_tell();
"""
"""Tells of each reply which row it answers, once it is committed."""


@dataclass(frozen=True, slots=True)
class ProjectAt:
    """Where it is: for the transport, and for whoever plays the app in the database itself."""

    url: str
    key: str
    database: str


@contextmanager
def project(conversations: int) -> Iterator[ProjectAt]:
    """A new project with so many conversations, for as long as needed."""
    command = [sys.executable, "-m", "bench.supabase_project", str(conversations)]
    with subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield ProjectAt(**json.loads(process.stdout.readline()))
        process.stdin.close()
        process.wait()


def _serve(conversations: int) -> None:
    sys.path.insert(0, str(_SUPPORT))
    from postgres import running
    from supabase_standin import standin_on

    with running() as server:
        database = server.database()
        database.set_up()
        database.run(TELL)
        database.run(f"insert into conversations (title) select 't' from generate_series(1, {conversations})")
        with standin_on(database) as standin, database.connect() as connection:
            where = ProjectAt(standin.url, standin.service_key, connection.info.dsn)
            told = {"url": where.url, "key": where.key, "database": where.database}
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()
            sys.stdin.read()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
