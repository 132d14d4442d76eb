"""Links that leave docs/: on the site they lead to copies of the repository's files.

Pages are written so that their links work in the repository as well (`../config/nanie.toml`), and README.md,
SECURITY.md and CHANGELOG.md link into docs/. Pure, but for looking whether a file is there.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = "docs"
COPIES = "repository"
"""The site's folder for files that are no pages."""

PAGES: Mapping[str, str] = {"SECURITY.md": "security.md", "CHANGELOG.md": "changelog.md"}
"""Files beside docs/ that are pages of the site, and what they are called there."""

_LINK = re.compile(r"(?<=\]\()(?P<path>[^)\s#:]+)(?P<anchor>#[^)\s]*)?(?=\))")
"""Where a Markdown link leads, if to a file of ours: no scheme, no bare anchor."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads, seen from the repository's root: `docs/http.md`; the anchor is without its #."""

    target: str
    anchor: str

    @property
    def exists(self) -> bool:
        """Whether the repository has that file or folder."""
        return (ROOT / self.target).exists()


def home_of(page: str) -> str:
    """The file of the repository that a page of the site is made of: of `adr/x.md`, `docs/adr/x.md`."""
    for file, name in PAGES.items():
        if name == page:
            return file
    return f"{DOCS}/{page}"


def links_of(text: str, home: str) -> Iterator[Link]:
    """The links of a file of the repository to others, in their order."""
    for match in _LINK.finditer(text):
        yield Link(_resolved(match["path"], home), (match["anchor"] or "").removeprefix("#"))


def copies_for(text: str, home: str) -> set[str]:
    """Files of the repository that are needed on the site because this text links to them."""
    return {
        link.target
        for link in links_of(text, home)
        if _is_outside(link.target) and link.target not in PAGES and (ROOT / link.target).is_file()
    }


def as_the_site_has_them(text: str, page: str) -> str:
    """The same text with its links as the site has them. What does not exist is left as it is."""
    home = home_of(page)
    return _LINK.sub(lambda match: _moved(match["path"], home, page) + (match["anchor"] or ""), text)


def _moved(path: str, home: str, page: str) -> str:
    target = _resolved(path, home)
    if not _is_outside(target):
        place = posixpath.relpath(target, DOCS)
    elif target in PAGES:
        place = PAGES[target]
    elif (ROOT / target).is_file():
        place = f"{COPIES}/{target}"
    else:
        return path
    return posixpath.relpath(place, posixpath.dirname(page) or ".")


def _resolved(path: str, home: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(home), path))


def _is_outside(target: str) -> bool:
    return target != DOCS and not target.startswith(f"{DOCS}/")
