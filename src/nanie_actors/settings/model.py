"""All settings as one object."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import tzlocal
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from nanie_actors.errors import SettingsError
from nanie_actors.settings.llm_section import LlmSettings
from nanie_actors.settings.nats_section import NatsSettings
from nanie_actors.settings.sections import (
    AccessSettings,
    ExtractionSettings,
    GroupSettings,
    IngressSettings,
    LimitSettings,
    LogSettings,
    OutboxSettings,
    PushSettings,
    ReplaySettings,
    RouterSettings,
    StateSettings,
    StorageSettings,
    SupabaseSettings,
    SupervisionSettings,
    TimeSettings,
    WhatsAppSettings,
    WorkerSettings,
)
from nanie_actors.settings.telemetry_section import TelemetrySettings
from nanie_actors.settings.web_section import WebSettings


class Settings(BaseSettings):
    """All settings. Built directly, it reads no file and no environment: `load_settings` does."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="NANIE_",
        env_nested_delimiter="__",
        env_nested_max_split=1,
    )

    worker: WorkerSettings = WorkerSettings()
    state: StateSettings = StateSettings()
    time: TimeSettings = TimeSettings()
    extraction: ExtractionSettings = ExtractionSettings()
    llm: LlmSettings = LlmSettings()
    groups: GroupSettings = GroupSettings()
    ingress: IngressSettings = IngressSettings()
    whatsapp: WhatsAppSettings = WhatsAppSettings()
    router: RouterSettings = RouterSettings()
    supabase: SupabaseSettings = SupabaseSettings()
    nats: NatsSettings = NatsSettings()
    push: PushSettings = PushSettings()
    supervision: SupervisionSettings = SupervisionSettings()
    access: AccessSettings = AccessSettings()
    limits: LimitSettings = LimitSettings()
    outbox: OutboxSettings = OutboxSettings()
    storage: StorageSettings = StorageSettings()
    web: WebSettings = WebSettings()
    log: LogSettings = LogSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    replay: ReplaySettings = ReplaySettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what the caller gives."""
        return (init_settings,)

    def zone(self) -> ZoneInfo:
        """The household's time zone: the one set, or else the system's. Raises SettingsError for neither."""
        if self.time.zone:
            return ZoneInfo(self.time.zone)
        try:
            return tzlocal.get_localzone()
        except KeyError as error:
            raise SettingsError(
                f"the system's time zone cannot be told ({error}): set [time] zone, e.g. to Europe/Berlin."
            ) from error
