"""Settings: which place counts, and that nothing wrong is passed over."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import tzlocal
from pydantic import ValidationError

from nanie_actors.errors import SettingsError
from nanie_actors.settings import AllowRule, Settings, load_settings

ROOT = Path(__file__).parents[1]
DOCUMENTED = ROOT / "config" / "nanie.toml"


@pytest.fixture(autouse=True)
def an_empty_directory_and_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("NANIE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def toml(text: str, name: str = "nanie.toml") -> Path:
    path = Path(name)
    path.write_text(text, "utf-8")
    return path


def problems(config: Path | None = None, overrides: dict[str, Any] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(config, overrides or {})
    return str(caught.value).splitlines()


def flat(sections: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        f"{section}.{key}": value
        for section, keys in sections.items()
        if section != "version"
        for key, value in keys.items()
    }


DEFAULTS = flat(Settings().model_dump(mode="json"))


# Priority ---------------------------------------------------------------------------------------------------


def test_without_anything_the_defaults_count() -> None:
    assert load_settings(None, {}) == Settings()


def test_building_settings_directly_reads_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANIE_WORKER__THREADS", "9")
    assert Settings().worker.threads == 4


def test_a_file_in_the_current_directory_is_read_without_being_named() -> None:
    toml("[worker]\nthreads = 6")
    assert load_settings(None, {}).worker.threads == 6


def test_a_named_file_is_read_instead_of_the_one_in_the_current_directory() -> None:
    toml("[worker]\nthreads = 6")
    other = toml("[push]\nevents = 7", "other.toml")
    settings = load_settings(other, {})
    assert (settings.worker.threads, settings.push.events) == (4, 7)


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    toml("[worker]\nthreads = 6\nstop_deadline_s = 3")
    monkeypatch.setenv("NANIE_WORKER__THREADS", "8")
    worker = load_settings(None, {}).worker
    assert (worker.threads, worker.stop_deadline_s) == (8, 3.0)


def test_the_command_line_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANIE_STATE__DIR", "from-environment")
    assert load_settings(None, {"state.dir": Path("from-option")}).state.dir == Path("from-option")


def test_a_list_in_the_environment_is_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANIE_ACCESS__ALLOW", '[{"group": "1*"}]')
    assert load_settings(None, {}).access.allow == (AllowRule(group="1*"),)


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = Settings()
    with pytest.raises(ValidationError):
        settings.worker.threads = 5
    with pytest.raises(ValidationError):
        settings.worker = settings.worker


# What is refused, and how it is told ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[worker]\nthread = 3", "nanie.toml: [worker] thread is no setting: did you mean threads?"),
        ("[wroker]\nthreads = 3", "nanie.toml: [wroker] is no setting: did you mean [worker]?"),
        ("[storage]\nx = 3", "nanie.toml: [storage] x is no setting: known are segment_bytes, segments."),
        ("threads = 3", "nanie.toml: threads stands outside of any section: write it below a [section]."),
        ("[worker]\nthreads = 1", "nanie.toml: [worker] threads = 1: must be greater than or equal to 2."),
        ("[worker]\nthreads = 65", "nanie.toml: [worker] threads = 65: must be less than or equal to 64."),
        ("[push]\ninterval_s = nan", "nanie.toml: [push] interval_s = nan: must be a finite number."),
        (
            "[log]\nlevel = 'loud'",
            "nanie.toml: [log] level = 'loud': must be 'debug', 'info', 'warning' or 'error'.",
        ),
        (
            "[time]\nzone = 'Mars/Base'",
            "nanie.toml: [time] zone = 'Mars/Base': is no time zone: use a name like Europe/Berlin or UTC.",
        ),
        (
            "[supervision]\nfirst_delay_s = 60",
            "nanie.toml: [supervision]: max_delay_s must not be below first_delay_s.",
        ),
        (
            "[access]\nallow = [{}, {grop = '1'}]",
            "nanie.toml: [access] allow entry 2 grop is no setting: did you mean group?",
        ),
        (
            "[access]\nallow = 'all'",
            "nanie.toml: [access] allow = 'all': must be a list of tables (in the environment: JSON).",
        ),
    ],
)
def test_a_wrong_line_of_the_file_is_told_by_its_name(text: str, told: str) -> None:
    toml(text)
    assert problems() == [told]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "NANIE_WORKER__THREAD",
            "3",
            "NANIE_WORKER__THREAD is no setting: did you mean NANIE_WORKER__THREADS?",
        ),
        (
            "NANIE_WROKER__THREADS",
            "3",
            "NANIE_WROKER__THREADS is no setting: did you mean NANIE_WORKER__THREADS?",
        ),
        ("NANIE_THREADS", "3", "NANIE_THREADS is no setting: settings are called NANIE_<SECTION>__<KEY>."),
        (
            "NANIE_WORKER__THREADS",
            "many",
            "NANIE_WORKER__THREADS = 'many': must be a valid integer, unable to parse string as an integer.",
        ),
        (
            "NANIE_ACCESS__ALLOW",
            "[{",
            "NANIE_ACCESS__ALLOW = '[{': must be a list of tables (in the environment: JSON).",
        ),
    ],
)
def test_a_wrong_variable_is_told_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    assert problems() == [told]


def test_a_wrong_option_is_told_as_such() -> None:
    assert problems(overrides={"replay.speed": 0}) == [
        "command line: [replay] speed = 0: must be greater than 0."
    ]


def test_all_problems_of_all_places_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    toml("[worker]\nthreads = 1\n[log]\nlevel = 'loud'\nformat = 'html'")
    monkeypatch.setenv("NANIE_NOTHING", "x")
    assert len(problems(overrides={"replay.speed": 0})) == 5


def test_a_value_that_another_place_overrides_is_not_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    toml("[worker]\nthreads = 1")
    monkeypatch.setenv("NANIE_WORKER__THREADS", "100")
    assert [line.split(" = ")[0] for line in problems()] == ["NANIE_WORKER__THREADS"]


def test_a_long_wrong_value_is_shortened() -> None:
    toml(f"[log]\nlevel = '{'x' * 5000}'")
    assert len(problems()[0]) < 200


def test_a_file_that_is_not_there_is_named() -> None:
    assert problems(Path("gone.toml")) == [
        "gone.toml: cannot be read (No such file or directory): name a readable file with --config."
    ]


def test_a_file_that_is_no_toml_is_told_with_the_line() -> None:
    toml("[worker]\nthreads == 3")
    (problem,) = problems()
    assert problem.startswith("nanie.toml: is not TOML: ")
    assert "line 2" in problem


def test_a_file_that_is_no_utf_8_is_told() -> None:
    Path("nanie.toml").write_bytes(b"[router]\nroom_id = '\xe9'")
    assert problems() == ["nanie.toml: is not UTF-8 text: save it as UTF-8."]


@pytest.mark.parametrize("zone", ["../../etc/passwd", "Europe", "/etc/localtime", "a\0b", "x" * 300])
def test_a_zone_that_is_a_path_or_nonsense_is_refused(zone: str) -> None:
    (problem,) = problems(overrides={"time.zone": zone})
    assert "is no time zone" in problem


# What settings mean -----------------------------------------------------------------------------------------


def test_a_named_zone_is_the_household_s() -> None:
    assert load_settings(None, {"time.zone": "Asia/Jerusalem"}).zone() == ZoneInfo("Asia/Jerusalem")


def test_without_a_named_zone_the_system_s_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tzlocal, "get_localzone", lambda: ZoneInfo("Pacific/Auckland"))
    assert Settings().zone() == ZoneInfo("Pacific/Auckland")


def test_a_system_without_a_zone_is_told_with_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> ZoneInfo:
        raise KeyError("no zone")

    monkeypatch.setattr(tzlocal, "get_localzone", unknown)
    with pytest.raises(SettingsError, match=r"\[time\] zone"):
        Settings().zone()


def test_a_tilde_in_the_state_directory_is_the_home_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    assert load_settings(None, {"state.dir": "~/nanie"}).state.dir == Path("/home/someone/nanie")


# What is written about them ---------------------------------------------------------------------------------


def test_the_documented_file_names_every_setting_at_its_default() -> None:
    """TOML has no null: a setting that is not set by default stands there as a comment."""
    text = DOCUMENTED.read_text("utf-8")
    unset = {key for key, value in DEFAULTS.items() if value is None}
    assert flat(tomllib.loads(text)) == {key: value for key, value in DEFAULTS.items() if key not in unset}
    switched_on = re.sub(r"^# (\w+ = .*)$", r"\1", text.replace("\nallow = []", ""), flags=re.MULTILINE)
    assert set(flat(tomllib.loads(switched_on))) == set(DEFAULTS)


def test_the_documented_file_can_be_used_as_it_is() -> None:
    assert load_settings(DOCUMENTED, {}) == Settings()


def test_the_documented_table_has_every_setting_with_its_default() -> None:
    table = (ROOT / "docs" / "settings.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+\.\w+)` \| (`.*?`|not set) \|", table, flags=re.MULTILINE)
    documented = {
        key: None if shown == "not set" else tomllib.loads(f"x = {shown.strip('`')}")["x"]
        for key, shown in rows
    }
    assert documented == DEFAULTS
