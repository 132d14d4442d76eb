"""nanie-actors: many WhatsApp groups as isolated, durable timelines for many app conversations."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("nanie-actors")
except PackageNotFoundError:  # pragma: no cover - a source tree that was never installed
    __version__ = "0"
