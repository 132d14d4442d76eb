"""One PostgreSQL for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from postgres import Database, Postgres, running
from supabase_standin import Standin, standin_on


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running() as server:
        yield server


@pytest.fixture
def database(postgres: Postgres) -> Iterator[Database]:
    """A new Supabase project, with config/supabase.sql run in it."""
    database = postgres.project()
    yield database
    postgres.drop(database)


@pytest.fixture
def standin(database: Database) -> Iterator[Standin]:
    """A stand-in for Supabase over that project."""
    with standin_on(database) as running_standin:
        yield running_standin
