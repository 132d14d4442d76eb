"""What MkDocs asks of us while it builds: generated parts of pages, and links beyond docs/.

The only place that knows MkDocs. A warning that is logged here fails a strict build.
"""

from __future__ import annotations

import logging
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from config.site.command_line import command_line
from config.site.decisions import decision_list, decisions
from config.site.messages import commands, error_codes, schema
from config.site.outside_links import (
    COPIES,
    DOCS,
    PAGES,
    ROOT,
    as_the_site_has_them,
    copies_for,
    home_of,
    links_of,
)

_log = logging.getLogger("mkdocs.hooks.nanie")

GENERATED = {
    "<!-- generated: command line -->": command_line,
    "<!-- generated: commands -->": commands,
    "<!-- generated: error codes -->": error_codes,
    "<!-- generated: decisions -->": decision_list,
}
"""What stands in a page where a text is put that is made from the code."""

README = "README.md"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Let the menu's last part name every decision."""
    last = (config.nav or [])[-1]
    assert list(last) == ["Decisions"], "the menu ends with the decisions"
    last["Decisions"] += decisions()
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add what pages link to beyond docs/, and the schema of the protocol."""
    for name, page in PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text("utf-8")))
    wanted: set[str] = set()
    for file in files.documentation_pages():
        wanted |= copies_for(file.content_string, home_of(file.src_uri))
    for path in sorted(wanted):
        files.append(File.generated(config, f"{COPIES}/{path}", abs_src_path=str(ROOT / path)))
    files.append(File.generated(config, "commands.schema.json", content=schema()))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: Any) -> str:
    """Put generated texts into their places, and let links lead where the site has their targets."""
    for place, made in GENERATED.items():
        if place in markdown:
            markdown = markdown.replace(place, made())
    return as_the_site_has_them(markdown, page.file.src_uri)


def on_env(_env: Any, *, files: Files, **_: Any) -> None:
    """README.md is no page of the site, but its links must lead somewhere too. All pages are rendered."""
    for link in links_of((ROOT / README).read_text("utf-8"), README):
        if not link.exists:
            _log.warning("%s links to '%s', which is not there.", README, link.target)
        elif link.anchor and not _has_anchor(files, link.target, link.anchor):
            _log.warning("%s links to '%s#%s': no such anchor.", README, link.target, link.anchor)


def _has_anchor(files: Files, target: str, anchor: str) -> bool:
    file = files.get_file_from_path(target.removeprefix(f"{DOCS}/"))
    page = None if file is None else file.page
    return page is not None and anchor in (page.present_anchor_ids or ())
