"""Streamed answers say the same, wherever the network cuts them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.domain.completion_chunks import GatheredCompletion
from weft.llm import LLMError
from weft.llm.openai import OpenAISpeech

TEXT = "h\u00e9\u2028l\x85lo \ud83d\ude42".encode("utf-16", "surrogatepass").decode("utf-16")


def _cut(data: bytes, places: list[int]) -> Iterator[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {len(data)})
    start = 0
    for end in ends:
        yield data[start:end]
        start = end


def _stream(texts: list[str], line_end: str, prefix: str) -> bytes:
    events = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts]
    lines = [": keep alive", "event: x", *(prefix + json.dumps(event, ensure_ascii=False) for event in events)]
    return line_end.join([*lines, "data: [DONE]", ""]).encode()


@given(
    texts=st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=8), max_size=5),
    places=st.lists(st.integers(0, 10_000), max_size=8),
    line_end=st.sampled_from(["\n", "\n\n", "\r\n", "\r\n\r\n"]),
    prefix=st.sampled_from(["data: ", "data:", ""]),
)
def test_chunks_are_the_same_wherever_the_stream_is_cut(
    texts: list[str], places: list[int], line_end: str, prefix: str
) -> None:
    gathered = GatheredCompletion()
    for chunk in OpenAISpeech().chunks(_cut(_stream(texts, line_end, prefix), places), {}):
        gathered.add(chunk)
    choices = gathered.completion()["choices"]
    assert [choice["message"]["content"] for choice in choices] == (["".join(texts)] if texts else [])


def test_line_ends_inside_of_texts_end_no_line() -> None:
    (chunk,) = OpenAISpeech().chunks(iter([_stream([TEXT], "\n", "data: ")]), {})
    assert chunk["choices"][0]["delta"]["content"] == TEXT


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "index", "delta", "content", "tool_calls", "function", "usage", "id", "name"]),
            children,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(chunks=st.lists(st.dictionaries(st.sampled_from(["choices", "usage", "id", "model"]), JSON), max_size=4))
def test_chunks_of_any_shape_are_gathered(chunks: list[dict[str, object]]) -> None:
    gathered = GatheredCompletion()
    for chunk in chunks:
        gathered.add(chunk)
    json.dumps(gathered.completion())


def test_what_is_no_json_is_the_endpoint_s_failure() -> None:
    with pytest.raises(LLMError, match="not JSON"):
        list(OpenAISpeech().chunks(iter([b"data: {broken\n"]), {}))
