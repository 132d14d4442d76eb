"""Keys as Supabase has them: tokens that name a role, and for a person who it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Literal

import jwt

SECRET = "a secret of the stand-in, long enough for HS256"

Refusal = Literal["invalid", "expired"]


@dataclass(frozen=True, slots=True)
class Claims:
    """Whom a request acts for."""

    role: str
    user: str | None = None

    @property
    def told(self) -> dict[str, str]:
        """What a policy can read of it."""
        return {"role": self.role} | ({"sub": self.user} if self.user else {})


def key(role: str, user: str | None = None, *, expired: bool = False) -> str:
    """A key of a role; with a user, that person's token."""
    claims: dict[str, Any] = {"role": role, "iss": "supabase"}
    if user is not None:
        claims["sub"] = user
    if expired:
        claims["exp"] = int(time.time()) - 3600
    return jwt.encode(claims, SECRET, algorithm="HS256")


def read(token: str) -> Claims | None:
    """The claims of a key; None for one that is not ours, or not any more."""
    claims = examine(token)
    return claims if isinstance(claims, Claims) else None


def examine(token: str) -> Claims | Refusal:
    """The claims of a key, or what is wrong with it."""
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_aud": False})
    except jwt.ExpiredSignatureError:
        return "expired"
    except jwt.PyJWTError:
        return "invalid"
    return Claims(str(claims["role"]), claims.get("sub"))
