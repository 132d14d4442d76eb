"""The servers and who we are there, out of the settings; what is wrong is said before anything runs."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from nanie_actors.errors import SettingsError
from nanie_actors.settings.nats_section import NatsSettings

EXAMPLE = "NANIE_NATS__URL=tls://nats.example:4222"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the client's `connect` is given. Nothing of it is shown."""

    servers: tuple[str, ...]
    encrypted: bool
    options: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, settings: NatsSettings) -> Self:
        """Raises SettingsError saying what to set."""
        servers = tuple(part for part in (url.strip() for url in settings.url.split(",")) if part)
        if not servers:
            raise SettingsError(f"nats.url is not set: give the server's address, e.g. {EXAMPLE}.")
        schemes = {_scheme(server) for server in servers}
        if len(schemes) > 1:
            raise SettingsError("nats.url mixes nats:// and tls://: use one of them for all servers.")
        options = _identity(settings)
        encrypted = schemes == {"tls"}
        if encrypted:
            options["tls"] = _tls(settings)
        elif settings.ca_file or settings.cert_file or settings.key_file:
            raise SettingsError("nats.ca_file, cert_file and key_file need addresses that begin with tls://.")
        return cls(servers, encrypted, options)


def _scheme(server: str) -> str:
    try:
        parts = urlsplit(server)
        usable = parts.scheme in ("nats", "tls") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"nats.url is no address of a NATS server: it looks like {EXAMPLE}.")
    if parts.username is not None or parts.password is not None:
        raise SettingsError(
            "nats.url holds a user: set nats.user and NANIE_NATS__PASSWORD, or NANIE_NATS__TOKEN."
        )
    return parts.scheme


def _identity(settings: NatsSettings) -> dict[str, Any]:
    password, token = settings.password.get_secret_value(), settings.token.get_secret_value()
    ways = [bool(settings.creds_file), bool(settings.user or password), bool(token)]
    if sum(ways) > 1:
        raise SettingsError("nats has more than one identity: set creds_file, user and password, or token.")
    if settings.creds_file is not None:
        return {"user_credentials": str(_checked(settings.creds_file))}
    if token:
        return {"token": token}
    if not settings.user and not password:
        return {}
    if not settings.user or not password:
        raise SettingsError("nats.user and nats.password belong together: set both, or neither.")
    return {"user": settings.user, "password": password}


def _checked(path: Path) -> Path:
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise SettingsError(f"nats.creds_file cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError:
        raise SettingsError("nats.creds_file holds no text.") from None
    lines = text.splitlines()
    for begin in ("BEGIN NATS USER JWT", "BEGIN USER NKEY SEED"):
        # The client would look for it in vain for ever.
        if not any(begin in line and following.strip() for line, following in pairwise(lines)):
            raise SettingsError(f"nats.creds_file holds no credentials: there is no {begin} in it.")
    return path


def _tls(settings: NatsSettings) -> ssl.SSLContext:
    if settings.key_file and not settings.cert_file:
        raise SettingsError("nats.key_file needs nats.cert_file: the certificate that the key belongs to.")
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.cert_file:
            # An empty password: nobody is asked for one on a terminal.
            context.load_cert_chain(settings.cert_file, settings.key_file, password="")
    except ssl.SSLError as error:
        raise SettingsError("nats.ca_file, cert_file or key_file holds nothing that can be used.") from error
    except OSError as error:
        raise SettingsError(
            f"a file of nats.ca_file, cert_file, key_file cannot be read ({error.strerror})."
        ) from error
    return context
