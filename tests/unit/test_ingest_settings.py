"""The operator's defaults for sampling, under our names and under those that Weave's own server reads."""

from __future__ import annotations

import pytest

from weft.settings import InvalidSettings, Settings, load_settings


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"WEFT_{name.upper()}", raising=False)
        monkeypatch.delenv(f"WEAVE_{name.upper()}", raising=False)


def test_everything_is_stored_by_default() -> None:
    assert (load_settings().ingest_sample_rate, load_settings().ingest_sample_dry_run) == (1.0, False)


@pytest.mark.parametrize("prefix", ["WEFT", "WEAVE"])
def test_both_names_are_read(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    monkeypatch.setenv(f"{prefix}_INGEST_SAMPLE_RATE", "0.25")
    monkeypatch.setenv(f"{prefix}_INGEST_SAMPLE_DRY_RUN", "true")
    assert (load_settings().ingest_sample_rate, load_settings().ingest_sample_dry_run) == (0.25, True)
    assert load_settings(ingest_sample_rate=0.5).ingest_sample_rate == 0.5


def test_our_own_name_wins_and_an_empty_one_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEAVE_INGEST_SAMPLE_RATE", "0.25")
    monkeypatch.setenv("WEFT_INGEST_SAMPLE_RATE", "0.75")
    assert load_settings().ingest_sample_rate == 0.75
    monkeypatch.setenv("WEFT_INGEST_SAMPLE_RATE", "")
    assert load_settings().ingest_sample_rate == 0.25


@pytest.mark.parametrize("value", ["1.5", "-1", "nan", "half"])
def test_a_share_that_is_none_is_refused_under_its_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("WEAVE_INGEST_SAMPLE_RATE", value)
    with pytest.raises(InvalidSettings, match=r"^WEFT_INGEST_SAMPLE_RATE: "):
        load_settings()
