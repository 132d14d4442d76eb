"""The page's files, out of the package: always asked for again, sent only if they changed."""

from __future__ import annotations

import mimetypes
from os import PathLike, stat_result
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

ASSETS: Final = Path(__file__).with_name("assets")

for _kind, _ending in (("text/javascript", ".js"), ("text/css", ".css"), ("image/svg+xml", ".svg")):
    # What the system's own table says of these may be anything, and a browser is told not to guess.
    mimetypes.add_type(_kind, _ending)


class Assets(StaticFiles):
    """Everything below `assets`, with an ETag. A browser asks each time, so a new version is seen at once."""

    def __init__(self, folder: Path = ASSETS) -> None:
        super().__init__(directory=folder, check_dir=False)

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Any,
        status_code: int = 200,
    ) -> Response:
        """The file, or that it is the same as before."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = "no-cache"
        return response

    async def index(self, request: Request) -> Response:
        """The page itself."""
        return await self.get_response("index.html", request.scope)
