"""Where to ask, with which credentials, in which protocol; the request made from that; and the error for no answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from weft.core import jsontext

ProtocolName = Literal["openai", "anthropic", "bedrock"]

# Shorter header values are no secrets, and hiding them would make holes in every sentence.
_SHORTEST_SECRET = 8


@dataclass(frozen=True, slots=True)
class AwsCredentials:
    """What requests to AWS are signed with."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)
    region: str = "us-east-1"


@dataclass(frozen=True, slots=True)
class GoogleCredentials:
    """The JSON text of a service account, and where a token is to be had for it."""

    text: str = field(repr=False)
    token_url: str

    def account(self) -> dict[str, Any]:
        """What the text holds. Raises LLMError when it is no service account."""
        try:
            account = jsontext.loads(self.text)
        except ValueError:
            account = None
        if not isinstance(account, dict) or not isinstance(account.get("project_id"), str):
            raise LLMError("The Vertex AI credentials are no service account's JSON", temporary=False, status=400)
        return account


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask: a URL up to and including what versions it (`/v1`), and how.

    `public_only` is for URLs that users store: such a host is reached only at public addresses. `key_header` names the
    header the key goes into; in `authorization` it is a bearer token. `query` is put behind the path as it is.
    """

    base_url: str
    api_key: str = field(default="", repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    protocol: ProtocolName = "openai"
    key_header: str = "authorization"
    query: str = ""
    stream_usage: bool = True
    public_only: bool = False
    aws: AwsCredentials | None = None
    google: GoogleCredentials | None = None

    def url(self, path: str) -> str:
        """The URL of an operation."""
        return f"{self.base_url.rstrip('/')}{path}{'?' + self.query if self.query else ''}"

    def request_headers(self) -> dict[str, str]:
        """The headers of a JSON request, the credentials among them."""
        headers = {**self.headers, "content-type": "application/json"}
        if self.api_key:
            value = f"Bearer {self.api_key}" if self.key_header == "authorization" else self.api_key
            headers = {name: text for name, text in headers.items() if name.lower() != self.key_header}
            headers[self.key_header] = value
        return headers

    def hide_secrets(self, text: str) -> str:
        """The text without the credentials an endpoint may have quoted in it."""
        aws = (self.aws.secret_key, self.aws.session_token) if self.aws else ()
        for secret in (self.api_key, *aws, *self.headers.values()):
            if secret and (secret == self.api_key or len(secret) >= _SHORTEST_SECRET):
                text = text.replace(secret, "***")
        return text


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request ready to be sent."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


class Speech(Protocol):
    """How one protocol says a chat completion; requests and answers are in OpenAI's form on our side."""

    def prepare(self, endpoint: Endpoint, request: Mapping[str, Any], stream: bool) -> Prepared:
        """The request to send."""

    def answer(self, body: dict[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
        """The completion an answer holds."""

    def chunks(self, data: Iterator[bytes], request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The chunks of a streamed answer. Raises LLMError for an error in the middle of it."""


class LLMError(Exception):
    """No answer. `temporary`: the same request may succeed later; `refused_key`: the credentials are to blame.

    `status` is what the endpoint answered, or the HTTP status that says best why there is no answer.
    """

    def __init__(
        self,
        reason: str,
        *,
        temporary: bool,
        status: int = 500,
        refused_key: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.temporary = temporary
        self.status = status
        self.refused_key = refused_key
        self.retry_after = retry_after
