"""Weeks of a made-up child, as the care extractor would tell them: the same in every run."""

from __future__ import annotations

import random
from typing import Any

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def nursery_weeks(now: int, weeks: int) -> list[dict[str, Any]]:
    """The events up to `now`, ascending."""
    chance = random.Random(7)
    midnight = now - now % DAY_MS
    events: list[dict[str, Any]] = []
    for day in range(-7 * weeks + 1, 1):
        for hour, type_, label, facts in _day(chance):
            at = midnight + day * DAY_MS + round(hour * 60) * 60_000
            source = {"messageId": f"m{at}", "sender": chance.choice(["Nora", "Theo"]), "kind": "text"}
            event = {
                "id": f"{type_}{at}",
                "timestamp": at,
                "type": type_,
                "label": label,
                "details": label.split(" · ")[-1].lower(),
            }
            events.append({**event, "source": source, **({"attributes": facts} if facts else {})})
    return sorted(
        (event for event in events if event["timestamp"] <= now), key=lambda event: int(event["timestamp"])
    )


def _day(chance: random.Random) -> list[tuple[float, str, str, dict[str, Any]]]:
    told: list[tuple[float, str, str, dict[str, Any]]] = [
        (6.3 + chance.random(), "waking_up", "Woke up", {}),
        (11.3, "other", "Medicine · vitamin D 2 drops", {"medicine": "vitamin_d", "doseDrops": 2}),
        (18.2 + chance.random() / 2, "bath", "Bath", {}),
        (19.1 + chance.random() / 2, "sleeping", "Asleep", {}),
    ]
    if chance.random() < 0.3:
        degrees = round(37.2 + chance.random(), 1)
        told.append((15.4, "other", f"Temperature · {degrees}°C", {"temperatureC": degrees}))
    if chance.random() < 0.7:
        told += [(22.2, "waking_up", "Woke up", {}), (22.4, *_feed(chance)), (22.8, "sleeping", "Asleep", {})]
    for nap in (9.2, 12.4, 15.9):
        start = nap + chance.random() * 0.7
        told += [
            (start, "sleeping", "Asleep", {}),
            (start + 0.6 + chance.random(), "waking_up", "Woke up", {}),
        ]
    hour = 7.2
    while hour < 21:
        told.append((hour, *_feed(chance)))
        if chance.random() < 0.8:
            kind, said = chance.choice(
                [("wet", "pee"), ("wet", "pee"), ("dirty", "poo"), ("both", "pee and poo")]
            )
            told.append((hour + 0.4 + chance.random() / 3, "diaper", f"Diaper · {said}", {"diaper": kind}))
        hour += 2.3 + chance.random() * 1.2
    return told


def _feed(chance: random.Random) -> tuple[str, str, dict[str, Any]]:
    if chance.random() < 0.7:
        ml = chance.choice([90, 120, 150, 150, 180, 210])
        return "feeding", f"Feeding · bottle {ml} ml", {"method": "bottle", "amountMl": ml}
    minutes = chance.choice([15, 20, 30])
    return (
        "feeding",
        f"Feeding · left {minutes} min",
        {"method": "breast", "side": "left", "durationMin": minutes},
    )
