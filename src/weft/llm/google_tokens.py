"""Access tokens for Vertex AI, from a service account's credentials (RFC 7523); kept until shortly before they end."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from typing import Any
from urllib.parse import urlencode

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from weft.core import jsontext
from weft.llm.endpoints import Endpoint, GoogleCredentials, LLMError, Prepared
from weft.llm.transport import Transport, limited

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFE_SECONDS = 3600
_SPARE_SECONDS = 120
_LARGEST_ANSWER = 64 * 1024
_KEPT = 1000


class GoogleTokens:
    """Gets tokens and remembers them; safe for concurrent use by threads."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[float, str]] = {}

    def token(self, credentials: GoogleCredentials) -> str:
        """A token that is still good for a while. Raises LLMError."""
        key = hashlib.sha256(f"{credentials.token_url} {credentials.text}".encode()).hexdigest()
        with self._lock:
            until, kept = self._tokens.get(key, (0.0, ""))
        if time.monotonic() < until:
            return kept
        answer = self._ask(credentials)
        token = answer.get("access_token")
        if not isinstance(token, str):
            raise LLMError("Google gave no access token", temporary=True)
        life = answer.get("expires_in")
        seconds = life if isinstance(life, int | float) else _LIFE_SECONDS
        with self._lock:
            if len(self._tokens) >= _KEPT:
                self._tokens.clear()
            self._tokens[key] = (time.monotonic() + seconds - _SPARE_SECONDS, token)
        return token

    def _ask(self, credentials: GoogleCredentials) -> dict[str, Any]:
        form = {"grant_type": _GRANT, "assertion": _assertion(credentials)}
        headers = {"content-type": "application/x-www-form-urlencoded"}
        # Not the `token_uri` of the credentials: whoever wrote those must not choose where this server connects to.
        prepared = Prepared(credentials.token_url, headers, urlencode(form).encode())
        with self._transport.exchange(Endpoint(credentials.token_url), prepared) as response:
            body = b"".join(limited(response, _SPARE_SECONDS, _LARGEST_ANSWER))
        try:
            answer = jsontext.loads(body)
        except ValueError as error:
            raise LLMError("Google's answer about an access token is not JSON", temporary=True) from error
        return answer if isinstance(answer, dict) else {}


def _assertion(credentials: GoogleCredentials) -> str:
    account = credentials.account()
    issued = int(time.time())
    claims = {
        "iss": account.get("client_email"),
        "scope": _SCOPE,
        "aud": credentials.token_url,
        "iat": issued,
        "exp": issued + _LIFE_SECONDS,
    }
    header = {"alg": "RS256", "typ": "JWT", "kid": account.get("private_key_id")}
    text = f"{_encoded(jsontext.dumps(header).encode())}.{_encoded(jsontext.dumps(claims).encode())}"
    try:
        key = load_pem_private_key(str(account.get("private_key", "")).encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unusable() from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise _unusable()
    return f"{text}.{_encoded(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _unusable() -> LLMError:
    return LLMError("The Vertex AI credentials hold no usable private key", temporary=False, status=400)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
