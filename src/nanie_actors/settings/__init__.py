"""What can be set, and where it is read from."""

from nanie_actors.settings.loading import load_settings
from nanie_actors.settings.model import Settings
from nanie_actors.settings.sections import AccessSettings, AllowRule, SupabaseSettings, WhatsAppSettings

__all__ = ["AccessSettings", "AllowRule", "Settings", "SupabaseSettings", "WhatsAppSettings", "load_settings"]
