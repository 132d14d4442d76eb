"""A timeline as one HTML file: the picture of the page, and the events as a list, without a network.

Nothing of a family's words can run in it: the events stand in it as JSON without any `<`, every text of the
list is escaped, and the policy in its head lets only the two parts run and style that nanie itself put there.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

import orjson

from nanie_actors.export.contents import Contents, Language, language_of, moment_of
from nanie_actors.export.page_list import day_tables, isolated, shown
from nanie_actors.export.page_words import PAGE_WORDS, PageWords


@dataclass(frozen=True, slots=True)
class PageAssets:
    """What the page is made of beside the events.

    Raises ValueError for a part that would end its own element.
    """

    script: str
    style: str

    def __post_init__(self) -> None:
        if "</script" in self.script.lower() or "</style" in self.style.lower():
            raise ValueError("a part of the page holds the end of its own element")


def as_page(contents: Contents, assets: PageAssets, language: Language | None = None) -> bytes:
    """The file. Without a language it is that of most labels."""
    words = PAGE_WORDS[language or language_of(contents.events)]
    name = shown(contents.name)
    return f"""<!doctype html>
<html lang="{words.locale}" dir="{words.direction}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy(assets)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="nanie {shown(contents.version)}">
<title>{name}</title>
<style>{assets.style}</style>
</head>
<body>
<header>
<h1>{isolated(contents.name)}</h1>
{_about(contents, words)}
</header>
<main>
<div id="picture"></div>
<details id="list" open>
<summary>{shown(words.list_title)}</summary>
{"".join(day_tables(contents, words)) or f"<p>{shown(words.nothing)}</p>"}
</details>
</main>
<script type="application/json" id="timeline">{_data(contents, words)}</script>
<script type="module">{assets.script}</script>
</body>
</html>
""".encode()


def _about(contents: Contents, words: PageWords) -> str:
    exported = moment_of(contents.exported, contents.zone)
    when = "" if exported is None else f"{exported:%Y-%m-%d %H:%M}"
    lines = (
        _span(contents, words),
        words.summary.format(count=f"{len(contents.events):,}", zone=contents.zone),
        words.exported.format(when=when, version=contents.version),
    )
    return "\n".join(f"<p>{shown(line)}</p>" for line in lines if line)


def _span(contents: Contents, words: PageWords) -> str:
    times = [at for event in contents.events if (at := moment_of(event.get("timestamp"), contents.zone))]
    if not times:
        return ""
    first, last = (at.date().isoformat() for at in (min(times), max(times)))
    return words.span.format(first=first, last=last) if first != last else first


def _data(contents: Contents, words: PageWords) -> str:
    """What the picture is given, as JSON in which nothing can end or begin an element."""
    given = {
        "events": contents.events,
        "zone": str(contents.zone),
        "now": contents.exported,
        "direction": words.direction,
        "locale": words.locale,
    }
    text = orjson.dumps(given).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _policy(assets: PageAssets) -> str:
    return f"default-src 'none'; style-src {_hash(assets.style)}; script-src {_hash(assets.script)}"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
