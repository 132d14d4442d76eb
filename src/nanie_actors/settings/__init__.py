"""What can be set, and where it is read from."""

from nanie_actors.settings.loading import load_settings
from nanie_actors.settings.model import AccessSettings, AllowRule, Settings

__all__ = ["AccessSettings", "AllowRule", "Settings", "load_settings"]
