"""Settings refuse what would be dangerous, and say so in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from weft.settings import InvalidSettings, Settings, is_loopback, load_settings


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"WEFT_{name.upper()}", raising=False)


def test_a_laptop_needs_no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert (settings.host, settings.port, settings.resolved_auth) == ("127.0.0.1", 6345, "off")
    assert settings.data == tmp_path / "weft-data"
    assert settings.resolved_entities_url == f"sqlite:///{tmp_path}/weft-data/entities.db"
    assert settings.resolved_events_url == f"chdb://{tmp_path}/weft-data/events"
    assert settings.resolved_blobs_url == f"file://{tmp_path}/weft-data/blobs"
    assert settings.embedded


def test_keys_are_needed_as_soon_as_other_machines_reach_it() -> None:
    assert load_settings(host="0.0.0.0").resolved_auth == "keys"


def test_no_keys_on_an_open_address_is_refused_in_one_sentence() -> None:
    with pytest.raises(InvalidSettings) as refused:
        load_settings(host="0.0.0.0", auth="off")
    assert "WEFT_AUTH=off is refused on 0.0.0.0" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_loud_flag_allows_it() -> None:
    settings = load_settings(host="0.0.0.0", auth="off", insecure_allow_open_auth=True)
    assert settings.resolved_auth == "off"


def test_the_environment_is_read_and_arguments_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEFT_PORT", "7000")
    monkeypatch.setenv("WEFT_EVENTS_URL", "clickhouse://db:8123/weft")
    monkeypatch.setenv("WEFT_HOST", "")
    assert load_settings().port == 7000
    assert load_settings(port=7001).port == 7001
    assert load_settings().host == "127.0.0.1"
    assert not load_settings().embedded


def test_problems_name_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEFT_PORT", "many")
    with pytest.raises(InvalidSettings, match=r"^WEFT_PORT: .*integer"):
        load_settings()


def test_the_admin_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEFT_ADMIN_KEY", "k" * 40)
    assert "kkkk" not in repr(load_settings())


def test_every_setting_explains_itself() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "weft.localhost"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org", "127.0.0.1.example.org"])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)
