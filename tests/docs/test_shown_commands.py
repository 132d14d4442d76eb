"""What a page shows, against what a command printed: the test of the pages must be able to fail."""

from __future__ import annotations

import pytest
from shown_commands import Shown, shown_in

PAGE = """
Text.

```console
$ one --option   # a remark
line 1
…
$ two
→ given
← written
```

<!-- not run: it needs a phone -->

```console
$ three
```

```text
$ no command
```
"""


def test_a_page_gives_its_commands_with_what_is_below_them() -> None:
    assert list(shown_in(PAGE)) == [
        Shown("one --option   # a remark", ("line 1", "…"), (), ""),
        Shown("two", ("written",), ("given",), ""),
        Shown("three", (), (), "it needs a phone"),
    ]


@pytest.mark.parametrize(
    ("prints", "printed"),
    [
        ("a b\nc", "a b\nc\n"),
        ("a … c", "a anything c\n"),
        ("a\n…\nz", "a\nz\n"),
        ("a\n…\nz", "a\n1\n2\nz\n"),
        ("a", "a   \n"),
        ("feeding  בקבוק", "feeding  \u2068בקבוק\u2069\n"),
        ("", "anything\n"),
    ],
)
def test_what_agrees(prints: str, printed: str) -> None:
    assert Shown("x", tuple(prints.splitlines()), (), "").agrees_with(printed)


@pytest.mark.parametrize(
    ("prints", "printed"),
    [
        ("a", ""),
        ("a", "a\nb\n"),
        ("a\nb", "a\n"),
        ("a … c", "a anything\nc\n"),
        ("a\n…", "b\na\n"),
        ("a.c", "abc\n"),
        ("  indented", "indented\n"),
    ],
)
def test_what_does_not(prints: str, printed: str) -> None:
    assert not Shown("x", tuple(prints.splitlines()), (), "").agrees_with(printed)
