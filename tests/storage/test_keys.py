"""API keys: stored hashed, scoped, revocable."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from weft.core.clock import now
from weft.core.errors import InvalidRequest, NotFound
from weft.core.identity import Role
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.keys import KeyStore, api_keys, user_named


@pytest.fixture
def keys(database: EntitiesDatabase) -> KeyStore:
    return KeyStore(database)


def test_a_key_has_the_form_every_client_accepts(keys: KeyStore) -> None:
    assert re.fullmatch(r"[A-Za-z0-9]{40}", keys.create_key("ann", Role.admin))


def test_the_key_itself_is_nowhere_on_disk(database: EntitiesDatabase, keys: KeyStore, tmp_path: Path) -> None:
    key = keys.create_key("ann", Role.admin)
    with database.read() as connection:
        (stored,) = connection.execute(select(api_keys.c.key_hash)).scalars()
    assert len(stored) == 64
    assert all(key.encode() not in path.read_bytes() for path in tmp_path.iterdir())


def test_a_key_names_its_user(keys: KeyStore) -> None:
    credential = keys.authenticate(keys.create_key("ann", Role.member))
    assert credential is not None
    assert credential.user == user_named("ann")
    assert keys.usernames([credential.user.id, "nobody"]) == {credential.user.id: "ann"}


def test_strangers_are_nobody(keys: KeyStore) -> None:
    for key in ("", "x" * 40, "\ud800", "DISABLED"):
        assert keys.authenticate(key) is None


@pytest.mark.parametrize(
    ("scope", "inside", "outside"),
    [("*", ("any", "one"), None), ("team/*", ("team", "p"), ("team2", "p")), ("team/p", ("team", "p"), ("team", "q"))],
)
def test_scopes(keys: KeyStore, scope: str, inside: tuple[str, str], outside: tuple[str, str] | None) -> None:
    credential = keys.authenticate(keys.create_key("ann", Role.annotator, scope))
    assert credential is not None
    assert credential.role(*inside) is Role.annotator
    if outside is not None:
        assert credential.role(*outside) is None


def test_rights_belong_to_the_key_not_to_its_user(keys: KeyStore) -> None:
    keys.create_key("ann", Role.admin)
    narrow = keys.authenticate(keys.create_key("ann", Role.viewer, "team/p"))
    assert narrow is not None
    assert not narrow.administers_everything()
    assert narrow.role("team", "q") is None


@pytest.mark.parametrize("scope", ["", "team", "*/p", "*/*", "/p", "team/", "a/b/c", "/"])
def test_other_scopes_are_refused(keys: KeyStore, scope: str) -> None:
    with pytest.raises(InvalidRequest):
        keys.create_key("ann", Role.viewer, scope)
    assert keys.list_keys() == []


@pytest.mark.parametrize("username", ["", "a/b", "a\nb", "x" * 129])
def test_bad_user_names_are_refused(keys: KeyStore, username: str) -> None:
    with pytest.raises(InvalidRequest):
        keys.create_key(username, Role.viewer)


def test_a_revoked_key_is_refused_at_once_though_it_was_just_used(keys: KeyStore) -> None:
    key = keys.create_key("ann", Role.admin, name="laptop")
    assert keys.authenticate(key) is not None
    (record,) = keys.list_keys()
    assert (record.username, record.name, record.hint) == ("ann", "laptop", key[:4])
    keys.revoke(record.id)
    assert keys.authenticate(key) is None
    assert keys.list_keys() == []
    with pytest.raises(NotFound):
        keys.revoke(record.id)


def test_a_known_key_is_answered_from_memory(keys: KeyStore) -> None:
    key = keys.create_key("ann", Role.admin)
    assert keys.recall(key) == (False, None)
    credential = keys.authenticate(key)
    assert keys.recall(key) == (True, credential)


def test_an_operators_own_key_is_taken_once(keys: KeyStore) -> None:
    key = "k" * 40
    keys.import_key(key, "admin", Role.admin)
    keys.import_key(key, "admin", Role.admin)
    (record,) = keys.list_keys()
    credential = keys.authenticate(key)
    assert credential is not None
    assert credential.administers_everything()
    keys.revoke(record.id)
    with pytest.raises(InvalidRequest, match="revoked"):
        keys.import_key(key, "admin", Role.admin)


def test_an_operators_weak_key_is_refused(keys: KeyStore) -> None:
    with pytest.raises(InvalidRequest):
        keys.import_key("secret", "admin", Role.admin)


def test_a_key_ends_when_its_time_has_come(database: EntitiesDatabase, keys: KeyStore) -> None:
    key = keys.create_key("ann", Role.member, expires_at=now() + timedelta(days=1))
    assert keys.authenticate(key) is not None
    with database.write() as connection:
        connection.execute(update(api_keys).values(expires_at=now() - timedelta(seconds=1)))
    # A store of its own has checked nothing a moment ago.
    assert KeyStore(database).authenticate(key) is None
    (record,) = keys.list_keys()
    assert record.expires_at is not None
    assert record.expires_at < now()


def test_a_key_that_has_ended_already_is_not_made(keys: KeyStore) -> None:
    with pytest.raises(InvalidRequest, match="expires_at"):
        keys.create_key("ann", Role.member, expires_at=now() - timedelta(seconds=1))
    assert keys.list_keys() == []
