"""Images: what the provider is asked, pictures kept as contents, the call each request is traced as."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.llm_app import OPENAI_KEY, Playground, llm_client, playground, provider, running_provider
from tests.llm_provider import LLMProvider, Reply

__all__ = ["llm_client", "playground", "provider", "running_provider"]

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")


def _make(playground: Playground, model: str = "dall-e-3", *, track: bool = True, **inputs: Any) -> Any:
    asked = {"model": model, "prompt": "a cat", **inputs}
    return playground.post("/image/create", inputs=asked, track_llm_call=track)


def _calls(playground: Playground) -> list[dict[str, Any]]:
    answer = playground.client.post("/calls/stream_query", json={"project_id": playground.project})
    return [json.loads(line) for line in answer.text.splitlines()]


def _picture(playground: Playground, ref: str) -> bytes:
    """The bytes behind the ref of a content object."""
    value = playground.client.post("/refs/read_batch", json={"refs": [ref]}).json()["vals"][0]
    assert value["_type"] == "CustomWeaveType"
    body = {"project_id": playground.project, "digest": value["files"]["content"]}
    return playground.client.post("/file/content", json=body).content


def test_a_picture_behind_a_url_is_kept(playground: Playground, provider: LLMProvider) -> None:
    provider.pictures["/picture.png"] = PNG
    url = f"http://{provider.host}/picture.png"
    provider.script.append(Reply(body={"created": 1, "data": [{"url": url, "revised_prompt": "a nice cat"}]}))
    answer = _make(playground, n=3)
    assert provider.paths == ["/v1/images/generations"]
    assert provider.headers[0]["authorization"] == f"Bearer {OPENAI_KEY}"
    assert provider.requests == [
        {
            "model": "dall-e-3", "prompt": "a cat", "n": 1, "size": "1024x1024", "quality": "standard",
            "style": "natural", "response_format": "url",
        }
    ]  # fmt: skip
    (item,) = answer["response"]["data"]
    assert item["revised_prompt"] == "a nice cat"
    assert item["url"].startswith(f"weave:///{playground.project}/object/")
    assert _picture(playground, item["url"]) == PNG
    (call,) = _calls(playground)
    assert call["id"] == answer["weave_call_id"]
    assert call["op_name"] == "weave.image_generation_create"
    assert call["inputs"] == {"model": "dall-e-3", "prompt": "a cat", "n": 3}
    assert call["output"] == answer["response"]
    assert call["summary"]["usage"]["dall-e-3"]["requests"] == 1


def test_a_picture_inside_the_answer_is_kept_and_its_tokens_are_counted(
    playground: Playground, provider: LLMProvider
) -> None:
    usage = {"input_tokens": 5, "output_tokens": 7, "total_tokens": 12}
    inline = {"b64_json": base64.b64encode(PNG).decode()}
    provider.script.append(Reply(body={"data": [inline, inline], "usage": usage}))
    answer = _make(playground, "gpt-image-1", n=2)
    assert provider.requests[0] == {
        "model": "gpt-image-1", "prompt": "a cat", "n": 2, "size": "1024x1024", "quality": "high",
    }  # fmt: skip
    first, second = (item["b64_json"] for item in answer["response"]["data"])
    assert first == second
    assert _picture(playground, first) == PNG
    (call,) = _calls(playground)
    counted = call["summary"]["usage"]["gpt-image-1"]
    assert counted == {"requests": 1, "prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
    assert base64.b64encode(PNG).decode() not in json.dumps(call)


def test_other_models_are_asked_for_a_url(playground: Playground, provider: LLMProvider) -> None:
    provider.otherwise = lambda _request: Reply(body={"data": []})
    _make(playground, "dall-e-2", track=False)
    _make(playground, "nobody-knows-it")
    assert [request["response_format"] for request in provider.requests] == ["url", "url"]
    assert [call["inputs"]["model"] for call in _calls(playground)] == ["nobody-knows-it"]


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "http://localhost:1/x", "file:///etc/passwd", "http://[", "https://nobody.invalid/"]
)  # fmt: skip
def test_a_url_that_must_not_be_fetched_stays_as_it_is(playground: Playground, provider: LLMProvider, url: str) -> None:
    provider.script.append(Reply(body={"data": [{"url": url}, {"b64_json": "not base64!"}, 7]}))
    assert _make(playground)["response"]["data"] == [{"url": url}, {"b64_json": "not base64!"}, 7]


def test_a_failure_is_an_answer_and_is_traced(playground: Playground, provider: LLMProvider) -> None:
    provider.script.append(Reply(status=400, body={"error": {"message": "unsafe"}}))
    answer = _make(playground)
    assert answer["response"] == {"error": "The LLM endpoint answered 400: unsafe", "error_status_code": 400}
    (call,) = _calls(playground)
    assert call["id"] == answer["weave_call_id"]
    assert json.loads(call["exception"])["message"] == answer["response"]["error"]


def test_without_a_key_nothing_is_asked_or_traced(playground: Playground, provider: LLMProvider) -> None:
    other = Playground(playground.client, f"{playground.project}-other")
    answer = _make(other)
    assert "OPENAI_API_KEY" in answer["response"]["error"]
    assert answer["weave_call_id"] is None
    assert _calls(other) == []
    assert provider.requests == []
