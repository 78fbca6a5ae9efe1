"""Chat completions and images from LLM providers over HTTP; every other part asks through `ChatClient`.

Knows protocols, not projects: who may ask what, with whose key, is domain/providers.py's.
"""

from __future__ import annotations

from weft.llm.client import ChatClient
from weft.llm.endpoints import Endpoint, LLMError

__all__ = ["ChatClient", "Endpoint", "LLMError"]
