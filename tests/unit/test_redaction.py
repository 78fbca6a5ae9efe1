from __future__ import annotations

import pytest

from weft.domain.redaction import holds_credentials, redact


@pytest.mark.parametrize(
    "key", ["api_key", "OPENAI_API_KEY", "Authorization", "x-access-token", "clientSecret", "auth-headers"]
)
def test_credentials_are_replaced_at_any_depth(key: str) -> None:
    value = {"a": [{key: "secret", "other": "kept"}]}
    assert redact(value) == {"a": [{key: "REDACTED", "other": "kept"}]}
    assert holds_credentials(value)


@pytest.mark.parametrize("value", [{"api_key": ""}, {"api_key": 5}, {"tokens": "x"}, {"api_key": {"a": "b"}}])
def test_what_is_no_credential_stays(value: dict[str, object]) -> None:
    assert not holds_credentials(value)
    assert redact(value) == value
