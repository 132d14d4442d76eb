"""Where the figures come from: they mean little without it."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_MOUNTS = Path("/proc/self/mountinfo")
_CPUS = Path("/proc/cpuinfo")
_BLOCK_DEVICES = Path("/sys/dev/block")


@dataclass(frozen=True, slots=True)
class Machine:
    """Facts in words; `load` is the one-minute load average when the run began."""

    cores: int
    cpu: str
    python: str
    system: str
    disk: str
    load: float

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def machine_at(folder: Path) -> Machine:
    """The machine as this process sees it, and the disk under a folder."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Machine(
        cores=cores,
        cpu=_cpu(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        system=f"{platform.system()} {platform.release()}",
        disk=_disk(folder),
        load=round(os.getloadavg()[0], 1),
    )


def _cpu() -> str:
    if _CPUS.exists():
        for line in _CPUS.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _disk(folder: Path) -> str:
    """The file system's type and whether its device turns, where the system says so (Linux)."""
    number = folder.stat().st_dev
    device = f"{os.major(number)}:{os.minor(number)}"
    kind = next((fields[1] for fields in _mounts() if fields[0] == device), "unknown file system")
    if kind in ("tmpfs", "ramfs"):
        return f"{kind}: memory, nothing is durable here"
    turns = (_BLOCK_DEVICES / device).resolve() / "queue" / "rotational"
    if not turns.exists():
        return kind
    # Virtual disks say "rotational" for want of knowledge.
    return f"{kind}, device {turns.parents[1].name}, rotational={turns.read_text().strip()}"


def _mounts() -> list[tuple[str, str]]:
    if not _MOUNTS.exists():
        return []
    rows = [line.split() for line in _MOUNTS.read_text().splitlines()]
    return [(row[2], row[row.index("-") + 1]) for row in rows]
