"""Judges that look: which media of a call they are sent, in what form, and what of it is kept."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.llm_provider import LLMProvider
from tests.scoring_fixtures import client, drain, provider, running_provider, scoring_app, scoring_services
from tests.scoring_objects import ScoringClient, judge, judge_model

__all__ = ["client", "drain", "provider", "running_provider", "scoring_app", "scoring_services"]

Drain = Callable[[], None]
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")
PNG_URL = "data:image/png;base64," + base64.b64encode(PNG + b"\0" * 300).decode()
IMAGE = {"type": "image_url", "image_url": {"url": PNG_URL, "detail": "low"}}
LINK = {"type": "image_url", "image_url": {"url": "https://pictures.example/a.png"}}
SOUND = {"type": "input_audio", "input_audio": {"data": "UklGRg==" * 40, "format": "wav"}}
TEXT = {"type": "text", "text": "what is this?"}


def _scorer(client: ScoringClient, **fields: Any) -> str:
    flags = {"enable_image_input_scoring": True, **fields}
    return client.publish("judge", judge(judge_model(response_format="text"), "Rate {output}", **flags))


def _looked_at(client: ScoringClient, drain: Drain, provider: LLMProvider, scorer: str, inputs: Any) -> list[Any]:
    """What the judge's message holds beside its text."""
    client.score([client.call(inputs, "a cat")], [scorer])
    drain()
    (task,) = client.tasks()
    assert task["state"] == "scored", task
    content = provider.requests[-1]["messages"][-1]["content"]
    if isinstance(content, str):
        return []
    assert content[0] == {"type": "text", "text": "Rate a cat"}
    return list(content[1:])


def _messages(*parts: Any) -> dict[str, Any]:
    earlier = [{"role": "system", "content": [IMAGE]}, {"role": "assistant", "content": [LINK]}]
    return {"messages": [*earlier, {"role": "user", "content": [TEXT, *parts]}], "other": LINK}


def test_images_of_the_user_s_messages_are_shown(client: ScoringClient, drain: Drain, provider: LLMProvider) -> None:
    assert _looked_at(client, drain, provider, _scorer(client), _messages(IMAGE, SOUND, LINK, IMAGE)) == [IMAGE, LINK]


def test_without_the_flag_nothing_is_shown(client: ScoringClient, drain: Drain, provider: LLMProvider) -> None:
    scorer = _scorer(client, enable_image_input_scoring=False, media_scoring_json_paths=["$.inputs"])
    assert _looked_at(client, drain, provider, scorer, _messages(IMAGE)) == []


def test_sound_is_heard_when_its_flag_says_so(client: ScoringClient, drain: Drain, provider: LLMProvider) -> None:
    scorer = _scorer(client, enable_image_input_scoring=False, enable_audio_input_scoring=True)
    assert _looked_at(client, drain, provider, scorer, _messages(IMAGE, SOUND)) == [SOUND]


@pytest.mark.parametrize(
    ("paths", "shown"),
    [
        (["$.inputs.other"], [LINK]),
        (["$.inputs.messages[0].content[0]", "$.inputs.other"], [IMAGE, LINK]),
        (["$.inputs.messages[?@.role == 'assistant']"], [LINK]),
        (["$..nothing"], []),
        (["$.output"], []),
    ],
)
def test_paths_say_where_to_look(
    client: ScoringClient, drain: Drain, provider: LLMProvider, paths: list[str], shown: list[Any]
) -> None:
    scorer = _scorer(client, media_scoring_json_paths=paths)
    assert _looked_at(client, drain, provider, scorer, _messages(IMAGE)) == shown


def test_the_old_name_of_the_paths_is_read(client: ScoringClient, drain: Drain, provider: LLMProvider) -> None:
    scorer = _scorer(client, audio_input_scoring_json_paths=["$.inputs.other"])
    assert _looked_at(client, drain, provider, scorer, _messages(IMAGE)) == [LINK]


def test_stored_images_and_data_urls_are_shown(client: ScoringClient, drain: Drain, provider: LLMProvider) -> None:
    def stored(name: str, data: bytes) -> str:
        files = {"file": (name, data)}
        answer = client.client.post("/file/create", data={"project_id": client.project}, files=files)
        return str(answer.json()["digest"])

    picture = stored("image.png", PNG)
    about = stored("metadata.json", json.dumps({"mimetype": "image/png"}).encode())
    pil = {"_type": "CustomWeaveType", "weave_type": {"type": "PIL.Image.Image"}, "files": {"image.png": picture}}
    content = {**pil, "weave_type": {"type": "Content"}, "files": {"content": picture, "metadata.json": about}}
    text = {**pil, "weave_type": {"type": "Content"}, "files": {"content": stored("content", b"x")}}
    ref = client.publish("picture", content).replace("/op/", "/object/")
    expected = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{base64.b64encode(PNG).decode()}"}}
    for inputs in ({"a": pil}, {"a": content}, {"a": [ref]}, {"a": text, "b": content}):
        provider.requests.clear()
        call = client.call(inputs, "a cat")
        client.score([call], [_scorer(client)])
        drain()
        assert provider.requests, (inputs, [task["reason"] for task in client.tasks()])
        assert provider.requests[-1]["messages"][-1]["content"][1:] == [expected], inputs
    assert _last_state(client) == "scored"
    claude = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG_URL.split(",")[1]}}
    client.score([client.call({"a": PNG_URL, "b": claude}, "a cat")], [_scorer(client)])
    drain()
    inline = {"type": "image_url", "image_url": {"url": PNG_URL}}
    assert provider.requests[-1]["messages"][-1]["content"][1:] == [inline]


def _last_state(client: ScoringClient) -> str:
    return str(client.tasks()[0]["state"])


def test_bytes_are_neither_put_into_texts_nor_into_the_trace(
    client: ScoringClient, drain: Drain, provider: LLMProvider
) -> None:
    model = judge_model(response_format="text")
    fields = {"enable_image_input_scoring": True, "enable_audio_input_scoring": True}
    scorer = client.publish("judge", judge(model, "{inputs} {messages}", **fields))
    client.score([client.call(_messages(IMAGE, SOUND), "x")], [scorer])
    drain()
    text = provider.requests[-1]["messages"][-1]["content"][0]["text"]
    assert "what is this?" in text
    assert "base64" not in text
    assert "UklGRg" not in text
    (predict,) = [call for call in client.calls() if "LLMStructuredCompletionModel.predict" in call["op_name"]]
    assert "base64" not in json.dumps(predict["inputs"])
    assert "UklGRg" not in json.dumps(predict["inputs"])


@pytest.mark.parametrize(
    ("fields", "inputs", "reason"),
    [
        ({"media_scoring_json_paths": ["inputs"]}, {}, "no JSONPath"),
        ({"media_scoring_json_paths": ["$..a[?match(@.b, '(a+)+$')]"]}, {}, "no JSONPath"),
        ({"media_scoring_json_paths": ["$..*..*..*"]}, {}, "descends too often"),
        ({"media_scoring_json_paths": "$.inputs"}, {}, "texts"),
        ({"media_scoring_json_paths": [7]}, {}, "texts"),
        ({}, {"a": {"_type": "CustomWeaveType", "files": {"a.png": "x" * 43}}}, "does not exist"),
        ({}, {"a": {"_type": "CustomWeaveType", "files": {"a.png": "../../x"}}}, "does not exist"),
        (
            {},
            {"a": [{"type": "image_url", "image_url": f"https://x.example/{n}"} for n in range(30)]},
            "more media than a judge is sent",
        ),
    ],
)
def test_what_cannot_be_looked_at_fails_with_a_reason(
    client: ScoringClient, drain: Drain, provider: LLMProvider, fields: Any, inputs: Any, reason: str
) -> None:
    client.score([client.call(inputs, "x")], [_scorer(client, **fields)])
    drain()
    (task,) = client.tasks()
    assert reason in task["reason"]
    assert task["state"] == "failed"
    assert provider.requests == []
