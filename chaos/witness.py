"""Watches what a worker says, line by line: whether this conversation may see it, now, and whether it agrees
with what was said before. What needs the whole story is left to `laws`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from chaos.findings import Finding, Law
from chaos.reading import Line, Shown
from chaos.rows import Row
from chaos.tenant import UNSURE, Tenant


class Witness:
    """One storm's, over all its processes."""

    def __init__(self, tenants: Mapping[str, Tenant]) -> None:
        self._tenants = tenants
        self._rows: dict[str, Row] = {}
        self._newest: dict[tuple[str, str], int] = {}
        self.timelines: dict[tuple[str, int], Shown] = {}
        self.own_groups: dict[str, str] = {}
        self.recent: dict[str, list[str]] = {}
        self.findings: list[Finding] = []
        self.counted: Counter[str] = Counter()

    def expects(self, rows: Sequence[Row]) -> None:
        """These rows are sent."""
        for row in rows:
            self._rows[row.id] = row
            self.counted["rows"] += 1

    def sees(self, line: Line, run: int) -> Shown | None:
        """One line of output; gives the timeline that it shows."""
        tenant = self._tenants.get(line.conversation)
        if tenant is None:
            self._found("other", f"a line for {line.conversation!r}, which does not exist")
            return None
        row = None if line.row is None else self._rows.get(line.row)
        if row is not None:
            self._hear(tenant, row, line, run)
        else:
            self.counted["pushes"] += 1
        self._check_marks(tenant, line)
        if line.shown is not None:
            self._check_revision(tenant, line.shown)
            if tenant.link is not None and self.own_groups.get(tenant.link, tenant.link) == line.shown.group:
                tenant.shown = [item.id for item in line.shown.items]
        return line.shown

    def _hear(self, tenant: Tenant, row: Row, line: Line, run: int) -> None:
        if row.conversation != line.conversation:
            self._found("crossed", f"{line.conversation} is answered {row.id} of {row.conversation}")
            return
        before, linked = row.outcome, tenant.link
        tenant.hears(row, line.reply, run)
        # A row that comes again may find that a later one, answered unheard, has unlinked its conversation.
        fresh = before == "open" and row.first_sent_in == run
        unlinked = fresh and line.reply.get("code") == "GROUP_SELECTION_REQUIRED"
        if unlinked and linked not in (None, UNSURE) and row.place == linked:
            self._found("lost", f"{row.conversation} is not linked to {linked} any more (row {row.id})")
        self.own_groups |= tenant.own_groups
        context = line.reply.get("data", {}).get("context")
        if isinstance(context, dict) and row.place is not None:
            self.recent[row.place] = [message["id"] for message in context["messages"]]

    def _check_marks(self, tenant: Tenant, line: Line) -> None:
        strangers = line.marks - tenant.visible_marks()
        if strangers:
            kind = "a push" if line.row is None else f"the answer to {line.row}"
            self._found("crossed", f"{kind} shows {tenant.name} texts with {sorted(strangers)}")

    def _check_revision(self, tenant: Tenant, shown: Shown) -> None:
        key = (tenant.name, shown.group)
        if shown.revision < self._newest.get(key, 0):
            self._found(
                "revision",
                f"{tenant.name} is shown {shown.group} at {shown.revision} after {self._newest[key]}",
            )
        self._newest[key] = max(shown.revision, self._newest.get(key, 0))
        at = (shown.group, shown.revision)
        if self.timelines.setdefault(at, shown).digest != shown.digest:
            self._found("revision", f"{shown.group} has two timelines of revision {shown.revision}")

    def _found(self, law: Law, text: str) -> None:
        self.findings.append(Finding(law, text))
