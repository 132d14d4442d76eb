"""Keeps, beside logs and files, what only the parent knows, for whoever has to understand a finding."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from chaos.findings import Finding
from chaos.story import Story


def keep_evidence(folder: Path, story: Story, findings: Iterable[Finding]) -> None:
    """`findings.jsonl`; `stream.jsonl`, what happened in the groups; `rows.jsonl`, what the app asked and
    heard; `shown.jsonl`, every timeline that was ever shown, by group and revision."""
    _write(folder / "findings.jsonl", ({"law": found.law, "text": found.text} for found in findings))
    _write(
        folder / "stream.jsonl",
        (
            {
                "entry": entry.number,
                "group": entry.group.jid,
                "kind": entry.kind,
                "message": entry.message,
                "text": entry.text,
            }
            for entry in story.stream.entries
        ),
    )
    rows = [row for tenant in story.tenants.values() for row in tenant.rows]
    _write(
        folder / "rows.jsonl",
        (
            {
                "id": row.id,
                "conversation": row.conversation,
                "action": row.action,
                "fields": row.fields,
                "place": row.place,
                "outcome": row.outcome,
                "processes": [row.sent_in, row.settled_in],
            }
            for row in rows
        ),
    )
    _write(
        folder / "shown.jsonl",
        (
            {
                "group": group,
                "revision": revision,
                "items": [[item.message, item.text] for item in shown.items],
            }
            for (group, revision), shown in sorted(story.timelines.items(), key=lambda known: known[0])
        ),
    )


def _write(path: Path, records: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
