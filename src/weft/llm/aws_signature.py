"""AWS Signature Version 4 for one POST: the headers that prove who asks without sending the secret."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote, urlsplit

from weft.core.clock import now
from weft.llm.endpoints import AwsCredentials

_ALGORITHM = "AWS4-HMAC-SHA256"


def signed_headers(
    credentials: AwsCredentials, service: str, url: str, content: bytes, at: datetime | None = None
) -> dict[str, str]:
    """The headers to add to a POST of JSON to a URL without a query."""
    moment = at or now()
    stamp, day = moment.strftime("%Y%m%dT%H%M%SZ"), moment.strftime("%Y%m%d")
    parts = urlsplit(url)
    headers = {"content-type": "application/json", "host": parts.netloc, "x-amz-date": stamp}
    if credentials.session_token:
        headers["x-amz-security-token"] = credentials.session_token
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        [
            "POST",
            # What is escaped in the URL is escaped once more here, for every service but S3.
            quote(parts.path or "/", safe="/-_.~"),
            "",
            *(f"{name}:{headers[name]}" for name in sorted(headers)),
            "",
            names,
            hashlib.sha256(content).hexdigest(),
        ]
    )
    scope = f"{day}/{credentials.region}/{service}/aws4_request"
    text = "\n".join([_ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{credentials.secret_key}".encode()
    for step in (day, credentials.region, service, "aws4_request"):
        key = _hmac(key, step)
    signature = _hmac(key, text).hex()
    proof = f"{_ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**{name: text for name, text in headers.items() if name != "host"}, "authorization": proof}


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
