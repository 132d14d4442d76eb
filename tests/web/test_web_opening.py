"""What of the web server belongs to a worker, and what it says where its libraries are missing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from nanie_actors import web_opening
from nanie_actors.assembly import Worker
from nanie_actors.errors import SettingsError
from nanie_actors.settings import Settings
from nanie_actors.web_opening import WebSide


def a_worker() -> Worker:
    return cast("Worker", SimpleNamespace(settings=Settings(), sources=()))


def test_a_worker_that_serves_nothing_has_no_part_in_it() -> None:
    side = WebSide(a_worker(), None)
    side.bind()
    side.start()
    assert (side.transports, side.url, side.stop(0.0)) == ([], None, True)


def test_the_page_is_a_router_and_the_probes_are_not() -> None:
    assert [transport.name for transport in WebSide(a_worker(), "page").transports] == ["websocket"]
    assert WebSide(a_worker(), "probes").transports == []


def test_without_its_libraries_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_opening, "LIBRARIES", ("not_there", "nor_there"))
    with pytest.raises(SettingsError, match=r"not_there and nor_there .*pip install 'nanie-actors\[ui\]'"):
        WebSide(a_worker(), "page").bind()
