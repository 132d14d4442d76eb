"""Where the page is served, and what it asks of who opens it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Self

from pydantic import AfterValidator, SecretStr, model_validator

from nanie_actors.settings.sections import Section

LOOPBACK = "127.0.0.1"
SHORTEST_TOKEN = 16
"""Characters: nobody counts how often a token is guessed, so it must be long."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen: a numeric address or a name, and a port; port 0 stands for any that is free."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `host:port`, `[v6]:port`, or `:port`, which is on the loopback. Raises ValueError."""
        host, colon, port = text.rpartition(":")
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
        elif ":" in host:
            raise ValueError("is ambiguous: write an IPv6 address in brackets, like [::1]:8765")
        if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
            raise ValueError("must be an address and a port, like 127.0.0.1:8765")
        return cls(host or LOOPBACK, int(port))

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return names_loopback(self.host)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def names_loopback(host: str) -> bool:
    """Whether a host, without its port and brackets, can only be this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _address(text: str) -> str:
    Address.parse(text)
    return text


class WebSettings(Section):
    """The page, its websockets, metrics and health."""

    listen: Annotated[str, AfterValidator(_address)] = "127.0.0.1:8765"
    token: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _closed_to_strangers(self) -> Self:
        secret = self.token.get_secret_value()
        # Here, and not where the field is checked: that would quote it.
        if secret and (len(secret) < SHORTEST_TOKEN or not (secret.isascii() and secret.isprintable())):
            raise ValueError(
                f"token must be {SHORTEST_TOKEN} plain characters or more: try `openssl rand -hex 24`"
            )
        if not self.address.loopback and not secret:
            raise ValueError(
                f"listen = {self.listen!r} is open to other machines: set a token as well "
                "(NANIE_WEB__TOKEN), or listen on 127.0.0.1"
            )
        return self

    @property
    def address(self) -> Address:
        """What `listen` says."""
        return Address.parse(self.listen)
