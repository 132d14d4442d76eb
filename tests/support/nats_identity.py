"""Who is who for a NATS server that knows its users by signed tokens, made as NATS' own tool makes them."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nkeys  # type: ignore[import-untyped]
import orjson

CONNECTIONS = dict.fromkeys(("subs", "data", "payload", "imports", "exports", "conn", "leaf"), -1)
JETSTREAM = dict.fromkeys(("mem_storage", "disk_storage", "streams", "consumer"), -1)
"""What an account may use, without a limit; without the second it has no JetStream."""


@dataclass(frozen=True)
class Identity:
    """One key, and the token that says whose it is."""

    key: nkeys.KeyPair
    seed: str
    public: str
    token: str


def _key(kind: int) -> tuple[nkeys.KeyPair, str, str]:
    seed = nkeys.encode_seed(os.urandom(32), kind)
    pair = nkeys.from_seed(bytearray(seed))
    return pair, bytes(seed).decode(), bytes(pair.public_key).decode()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _identity(kind: int, issuer: Identity | None, **claims: Any) -> Identity:
    pair, seed, public = _key(kind)
    signer, by = (pair, public) if issuer is None else (issuer.key, issuer.public)
    header = {"typ": "JWT", "alg": "ed25519-nkey"}
    body = {"jti": "test", "iat": 1_700_000_000, "iss": by, "name": "test", "sub": public}
    text = (
        f"{_encoded(orjson.dumps(header))}.{_encoded(orjson.dumps(body | {'nats': claims | {'version': 2}}))}"
    )
    return Identity(pair, seed, public, f"{text}.{_encoded(bytes(signer.sign(text.encode())))}")


@dataclass(frozen=True)
class Realm:
    """A server's configuration, and the credentials of its one user."""

    config: str
    credentials: str


def realm() -> Realm:
    """An operator with an account for the app, which may use JetStream, and a user in it."""
    operator = _identity(nkeys.PREFIX_BYTE_OPERATOR, None, type="operator")
    system = _identity(nkeys.PREFIX_BYTE_ACCOUNT, operator, type="account", limits=CONNECTIONS)
    account = _identity(nkeys.PREFIX_BYTE_ACCOUNT, operator, type="account", limits=CONNECTIONS | JETSTREAM)
    user = _identity(
        nkeys.PREFIX_BYTE_USER, account, type="user", subs=-1, data=-1, payload=-1, pub={}, sub={}
    )
    config = (
        f"operator: {operator.token}\nsystem_account: {system.public}\nresolver: MEMORY\n"
        f"resolver_preload {{ {system.public}: {system.token}\n{account.public}: {account.token} }}\n"
    )
    credentials = (
        f"-----BEGIN NATS USER JWT-----\n{user.token}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n"
    )
    return Realm(config, credentials)


def credentials_in(folder: Path, text: str) -> Path:
    """A file that only its owner can read."""
    path = folder / "nats.creds"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    return path
