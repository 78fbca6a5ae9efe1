"""Users, their API keys (hashed) and what each key may do.

Rights belong to a key, not to its user: a key made for reading stays one, whatever else its owner holds. Reading
credentials from a request and refusing it is api/auth.py's job.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import string
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, SmallInteger, Table, Text, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from weft.core.clock import now
from weft.core.errors import InvalidRequest, NotFound
from weft.core.identity import Role, User
from weft.core.ids import new_id
from weft.storage.entities.database import EntitiesDatabase
from weft.storage.entities.tables import UtcDateTime, insert_into, metadata

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("username", Text, nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("key_hash", Text, nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime, nullable=True),
    Column("expires_at", UtcDateTime, nullable=True),
)

key_roles = Table(
    "key_roles",
    metadata,
    Column("key_id", Text, ForeignKey("api_keys.id"), primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("role", SmallInteger, nullable=False),
)

EVERYWHERE = "*"
KEY_LENGTH = 40
_ALPHABET = string.ascii_letters + string.digits
# A revocation by another process (the command line), or an expiry, is noticed after this long; a revocation in this
# process at once.
_CACHE_SECONDS = 5.0
_CACHED_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class Credential:
    """A user as one key lets them act. Grants are (scope, role); a scope is `*`, `entity/*` or `entity/project`."""

    key_id: str
    user: User
    grants: tuple[tuple[str, Role], ...]

    def role(self, entity: str, project: str) -> Role | None:
        """The highest role that any grant gives in that project."""
        scopes = (EVERYWHERE, f"{entity}/*", f"{entity}/{project}")
        return max((role for scope, role in self.grants if scope in scopes), default=None)

    def administers_everything(self) -> bool:
        """Whether this key may manage keys and users."""
        return (EVERYWHERE, Role.admin) in self.grants


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What may be shown of a key: never the key itself, only its first characters."""

    id: str
    username: str
    name: str
    hint: str
    created_at: datetime
    grants: tuple[tuple[str, Role], ...]
    expires_at: datetime | None = None

    def administers_everything(self) -> bool:
        """Whether this key may manage keys and users."""
        return (EVERYWHERE, Role.admin) in self.grants


class KeyStore:
    """Makes, checks and revokes keys. A key checked a moment ago is answered from memory."""

    def __init__(self, db: EntitiesDatabase) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._cache: dict[str, tuple[float, Credential | None]] = {}

    def recall(self, key: str) -> tuple[bool, Credential | None]:
        """(True, answer) when `authenticate` would answer from memory, without touching the database."""
        entry = self._cache.get(_hash(key))
        if entry is None or entry[0] < time.monotonic():
            return False, None
        return True, entry[1]

    def authenticate(self, key: str) -> Credential | None:
        """Whose key this is and what it may do, or None for an unknown, revoked or expired one."""
        recalled, credential = self.recall(key)
        if recalled:
            return credential
        digest = _hash(key)
        with self._db.read() as connection:
            credential = _load_credential(connection, digest)
        with self._lock:
            if len(self._cache) >= _CACHED_KEYS:
                self._cache.clear()
            self._cache[digest] = (time.monotonic() + _CACHE_SECONDS, credential)
        return credential

    def create_key(
        self,
        username: str,
        role: Role,
        project: str = EVERYWHERE,
        name: str = "",
        expires_at: datetime | None = None,
    ) -> str:
        """A new key for that user (made if unknown) with one role in one scope; the only time it is readable.

        Raises InvalidRequest for an end that has passed already.
        """
        if expires_at is not None and expires_at <= now():
            raise InvalidRequest("Invalid expires_at: it has passed already")
        key = "".join(secrets.choice(_ALPHABET) for _ in range(KEY_LENGTH))
        self._add_key(key, username, role, project, name, expires_at)
        return key

    def import_key(self, key: str, username: str, role: Role, project: str = EVERYWHERE, name: str = "") -> None:
        """Make a key that the operator chose valid; one that is stored already is left as it is."""
        if len(key) != KEY_LENGTH or any(character not in _ALPHABET for character in key):
            raise InvalidRequest(f"An API key is exactly {KEY_LENGTH} letters and digits")
        try:
            self._add_key(key, username, role, project, name)
        except IntegrityError:
            if self.authenticate(key) is None:
                raise InvalidRequest("This API key was revoked; choose another one") from None

    def list_keys(self) -> list[KeyRecord]:
        """Every key that is not revoked, oldest first; expired ones are among them."""
        columns = [api_keys.c[name] for name in ("id", "name", "hint", "created_at", "expires_at")]
        alive = select(users.c.username, *columns).join_from(api_keys, users).where(api_keys.c.revoked_at.is_(None))
        with self._db.read() as connection:
            rows = connection.execute(alive.order_by(api_keys.c.created_at, api_keys.c.id)).all()
            grants = _load_grants(connection, [row.id for row in rows])
        return [
            KeyRecord(row.id, row.username, row.name, row.hint, row.created_at, grants.get(row.id, ()), row.expires_at)
            for row in rows
        ]

    def usernames(self, user_ids: Iterable[str]) -> dict[str, str]:
        """The name of each of those users that is known."""
        with self._db.read() as connection:
            rows = connection.execute(select(users.c.id, users.c.username).where(users.c.id.in_(list(user_ids))))
            return {row.id: row.username for row in rows}

    def ensure_user(self, username: str) -> User | None:
        """The user of that name, made known; None for a name that no user may have."""
        try:
            with self._db.write() as connection:
                _ensure_user(connection, username)
        except InvalidRequest:
            return None
        return user_named(username)

    def revoke(self, key_id: str) -> None:
        """Refuse that key from now on."""
        alive = (api_keys.c.id == key_id) & api_keys.c.revoked_at.is_(None)
        with self._db.write() as connection:
            done = connection.execute(update(api_keys).where(alive).values(revoked_at=now()))
        if done.rowcount == 0:
            raise NotFound(f"No API key has the id {key_id[:80]!r}")
        with self._lock:
            self._cache.clear()

    def _add_key(
        self, key: str, username: str, role: Role, project: str, name: str, expires_at: datetime | None = None
    ) -> None:
        check_scope(project)
        key_id, moment = new_id(), now()
        with self._db.write() as connection:
            user = {"user_id": _ensure_user(connection, username)}
            shown = {"name": name, "hint": key[:4], "created_at": moment, "expires_at": expires_at}
            connection.execute(insert(api_keys).values(id=key_id, key_hash=_hash(key), **user, **shown))
            connection.execute(insert(key_roles).values(key_id=key_id, scope=project, role=int(role)))
        with self._lock:
            self._cache.pop(_hash(key), None)


def check_scope(scope: str) -> str:
    """The scope, if it is `*`, `entity/*` or `entity/project`."""
    entity, _, project = scope.partition("/")
    if scope == EVERYWHERE or (entity not in ("", "*") and project and "/" not in project):
        return scope
    raise InvalidRequest(f"A scope is '*', 'entity/*' or 'entity/project', not {scope[:80]!r}")


def user_named(username: str) -> User:
    """The user of that name; the id follows from the name, in the base64 form rows expect of user ids."""
    number = int.from_bytes(hashlib.sha256(username.encode()).digest()[:8]) >> 1
    return User(base64.b64encode(f"User:{number}".encode()).decode(), username)


def _hash(key: str) -> str:
    # A fast hash is right here: keys are 238 random bits, so there is nothing to guess and nothing to slow down, and
    # every request pays for it. Salt and stretching protect passwords that people choose.
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _ensure_user(connection: Connection, username: str) -> str:
    if not username or len(username) > 128 or "/" in username or not username.isprintable():
        raise InvalidRequest("A user name is 1 to 128 printable characters without a slash")
    user = user_named(username)
    if connection.execute(select(users.c.id).where(users.c.id == user.id)).one_or_none() is None:
        # Another process may have made it just now.
        new = insert_into(connection, users).values(id=user.id, username=username, created_at=now())
        connection.execute(new.on_conflict_do_nothing())
    return user.id


def _load_credential(connection: Connection, key_hash: str) -> Credential | None:
    live = select(api_keys.c.id, users.c.id.label("user_id"), users.c.username).join_from(api_keys, users)
    lasting = or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now())
    alive = (api_keys.c.key_hash == key_hash, api_keys.c.revoked_at.is_(None), lasting)
    row = connection.execute(live.where(*alive)).one_or_none()
    if row is None:
        return None
    return Credential(row.id, User(row.user_id, row.username), _load_grants(connection, [row.id]).get(row.id, ()))


def _load_grants(connection: Connection, key_ids: list[str]) -> dict[str, tuple[tuple[str, Role], ...]]:
    grants: dict[str, tuple[tuple[str, Role], ...]] = {}
    rows = connection.execute(select(key_roles).where(key_roles.c.key_id.in_(key_ids)).order_by(key_roles.c.scope))
    for row in rows:
        grants[row.key_id] = (*grants.get(row.key_id, ()), (row.scope, Role(row.role)))
    return grants
