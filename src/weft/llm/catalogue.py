"""The providers that are known by name: where they are, how they are spoken to, and what their keys are called.

Which models are whose follows from the prefix of a model name, else from the price list's patterns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from genai_prices.data_snapshot import get_snapshot

from weft.llm.endpoints import ProtocolName


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider. `base_url` is empty when every customer has one of their own."""

    name: str
    key_name: str
    base_url: str
    prefixes: tuple[str, ...]
    protocol: ProtocolName = "openai"
    key_header: str = "authorization"
    stream_usage: bool = True
    plain_names: tuple[str, ...] = ()
    """Names kept beside the key that are settings and no secrets."""


AZURE = Provider(
    name="azure",
    key_name="AZURE_API_KEY",
    base_url="",
    prefixes=("azure", "azure_ai"),
    key_header="api-key",
    plain_names=("AZURE_API_BASE", "AZURE_API_VERSION"),
)
BEDROCK = Provider(
    name="bedrock",
    key_name="BEDROCK_API_KEY",
    base_url="https://bedrock-runtime.{region}.amazonaws.com",
    prefixes=("bedrock", "bedrock_converse"),
    protocol="bedrock",
    plain_names=("AWS_REGION_NAME",),
)
COREWEAVE = Provider("coreweave", "WANDB_API_KEY", "https://api.inference.wandb.ai/v1", ("coreweave", "wandb"))
OPENAI = Provider("openai", "OPENAI_API_KEY", "https://api.openai.com/v1", ("openai",))
OLLAMA = Provider("ollama", "", "", ("ollama", "ollama_chat"))
VERTEX = Provider(
    "vertex_ai", "VERTEXAI_JSON_CREDENTIALS", "https://aiplatform.googleapis.com/v1", ("vertex_ai", "vertex_ai_beta")
)
PROVIDERS = (
    OPENAI,
    Provider(
        name="anthropic",
        key_name="ANTHROPIC_API_KEY",
        base_url="https://api.anthropic.com/v1",
        prefixes=("anthropic",),
        protocol="anthropic",
        key_header="x-api-key",
    ),
    AZURE,
    BEDROCK,
    Provider("deepseek", "DEEPSEEK_API_KEY", "https://api.deepseek.com/v1", ("deepseek",)),
    Provider("fireworks", "FIREWORKS_API_KEY", "https://api.fireworks.ai/inference/v1", ("fireworks_ai", "fireworks")),
    Provider(
        "gemini",
        "GEMINI_API_KEY",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        ("gemini", "google"),
    ),
    Provider("groq", "GROQ_API_KEY", "https://api.groq.com/openai/v1", ("groq",)),
    # It counts the tokens of a stream by itself and refuses to be asked to.
    Provider("mistral", "MISTRAL_API_KEY", "https://api.mistral.ai/v1", ("mistral",), stream_usage=False),
    Provider("xai", "XAI_API_KEY", "https://api.x.ai/v1", ("xai",)),
    COREWEAVE,
    VERTEX,
    OLLAMA,
)
GOOGLE_TOKENS = "vertex_ai_token"
"""The name under which the operator may have Google's access tokens come from elsewhere."""

GOOGLE_TOKEN_URL = "https://oauth2.googleapis.com/token"
AWS_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
PLAIN_NAMES = frozenset(name for provider in PROVIDERS for name in provider.plain_names)
"""Names of settings that are kept among the secrets; they bind to no host, since nobody is sent them."""

OVERRIDABLE = frozenset({provider.name for provider in PROVIDERS} | {GOOGLE_TOKENS})
"""The names under which the operator may say that something is elsewhere."""

_BY_NAME = {provider.name: provider for provider in PROVIDERS}
_BY_PREFIX = {prefix: provider for provider in PROVIDERS for prefix in provider.prefixes}
_BY_KEY = {provider.key_name: provider for provider in PROVIDERS if provider.key_name}
# What the price list calls them.
_LISTED = {"google": "gemini", "x-ai": "xai"}
# Bedrock's ids: `anthropic.claude-…-v1:0`, `us.amazon.nova-lite-v1:0`.
_BEDROCK_ID = re.compile(
    r"(?:(?:us|eu|apac|jp|au|ca|global|us-gov)\.)?"
    r"(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|nvidia|openai|qwen|writer)\..+"
)
_OPENAI_ID = re.compile(r"(?:chatgpt-|ft:|gpt-image|dall-e)")


@dataclass(frozen=True, slots=True)
class KnownModel:
    """Whose a model is, and its name there."""

    provider: Provider
    name: str


@lru_cache(maxsize=4096)
def find_model(model: str) -> KnownModel | None:
    """The provider of a model and the model's name there; None when nothing tells."""
    prefix, slash, rest = model.partition("/")
    if slash and rest and prefix in _BY_PREFIX:
        return KnownModel(_BY_PREFIX[prefix], rest)
    if slash and not model.startswith("accounts/fireworks/"):
        return None
    if _BEDROCK_ID.fullmatch(model):
        return KnownModel(BEDROCK, model)
    if _OPENAI_ID.match(model):
        return KnownModel(OPENAI, model)
    for listed in get_snapshot().providers:
        provider = _BY_NAME.get(_LISTED.get(listed.id, listed.id))
        if provider is not None and listed.model_match is not None and listed.model_match.is_match(model):
            return KnownModel(provider, model)
    return None


def provider_of_key(key_name: str) -> Provider | None:
    """The provider whose key has that name."""
    if key_name in AWS_KEYS:
        return BEDROCK
    return _BY_KEY.get(key_name)
