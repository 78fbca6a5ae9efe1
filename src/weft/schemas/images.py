"""Images made by a model through the server."""

from __future__ import annotations

from typing import Any

from weft.schemas.base import NullIsAbsent, Wire


class ImageGenerationRequestInputs(NullIsAbsent):
    """What is to be on the images, and how many of them."""

    model: str
    prompt: str
    n: int | None = None


class ImageGenerationCreateReq(NullIsAbsent):
    """Images, traced unless asked otherwise."""

    project_id: str
    inputs: ImageGenerationRequestInputs
    track_llm_call: bool = True


class ImageGenerationCreateRes(Wire):
    """The provider's answer with content objects for the images, or `{"error": …}`; the call, when one was stored."""

    response: dict[str, Any]
    weave_call_id: str | None
