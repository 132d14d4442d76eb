"""The picture's files as they are installed, and the few lines around it, as one script and one style."""

from __future__ import annotations

from importlib.resources import files

from nanie_actors.export.page import PageAssets
from nanie_actors.export.script_bundle import bundled

_ENTRY = "exported_page.js"


def load_page_assets() -> PageAssets:
    """Read from the package: the very files that a worker serves. Raises OSError if one is missing."""
    package = files("nanie_actors")
    picture = package / "web" / "assets" / "picture"
    own = package / "export"
    modules = {file.name: file.read_text("utf-8") for file in picture.iterdir() if file.name.endswith(".js")}
    modules[_ENTRY] = (own / _ENTRY).read_text("utf-8")
    style = (picture / "picture.css").read_text("utf-8") + (own / "exported_page.css").read_text("utf-8")
    return PageAssets(bundled(modules, _ENTRY), style)
