"""Keys as Supabase has them: tokens that name a role, and for a person who it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jwt

SECRET = "a secret of the stand-in, long enough for HS256"


@dataclass(frozen=True, slots=True)
class Claims:
    """Whom a request acts for."""

    role: str
    user: str | None


def key(role: str, user: str | None = None) -> str:
    """A key of a role; with a user, that person's token."""
    claims: dict[str, Any] = {"role": role, "iss": "supabase"}
    if user is not None:
        claims["sub"] = user
    return jwt.encode(claims, SECRET, algorithm="HS256")


def read(token: str) -> Claims | None:
    """The claims of a key; None for one that is not ours."""
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_aud": False})
    except jwt.PyJWTError:
        return None
    return Claims(str(claims["role"]), claims.get("sub"))
