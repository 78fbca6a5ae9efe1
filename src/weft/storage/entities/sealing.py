"""Encryption of what must not be readable in the database file: AES-256-GCM under one key of the operator's.

A sealed text opens only under the context it was sealed for, so a row's cannot be moved to another row.
"""

from __future__ import annotations

import base64
import os
import secrets
import threading
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from weft.core.errors import WeftError

_NONCE_BYTES = 12
_KEY_BYTES = 32


class CannotOpen(WeftError):
    """The key is missing or another one. It is no trouble of the store: everything but secrets can be read."""

    status = 503


class Sealer:
    """Seals and opens texts. The key is given, or is made once and kept in a file that only its owner may read."""

    def __init__(self, key: str | None, key_file: Path | None) -> None:
        self._given = key
        self._file = key_file
        self._lock = threading.Lock()
        self._cipher: AESGCM | None = None

    def seal(self, text: str, context: str) -> str:
        """The text, unreadable without the key."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._opened(making=True).encrypt(nonce, text.encode(), context.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, context: str) -> str:
        """The text again. Raises CannotOpen when the key is another one, or the stored text was tampered with."""
        data = base64.b64decode(sealed)
        try:
            opened = self._opened(making=False).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], context.encode())
        except InvalidTag as error:
            raise CannotOpen(
                "A stored secret cannot be opened: WEFT_SECRETS_KEY, or secrets.key in the data folder, is not what it "
                "was sealed with"
            ) from error
        return opened.decode()

    def _opened(self, making: bool) -> AESGCM:
        with self._lock:
            if self._cipher is None:
                text = self._given or self._kept(making)
                derived = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"weft secrets").derive(text.encode())
                self._cipher = AESGCM(derived)
            return self._cipher

    def _kept(self, making: bool) -> str:
        if self._file is None:
            raise CannotOpen("Secrets need a key that all servers share: set WEFT_SECRETS_KEY")
        if making:
            _make(self._file)
        try:
            return self._file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CannotOpen(f"The key of the stored secrets, {self._file}, cannot be read") from error


def _make(file: Path) -> None:
    """Make the file, whole or not at all; what another process made first stays."""
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(_KEY_BYTES) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()
