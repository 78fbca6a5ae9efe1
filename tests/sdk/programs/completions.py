"""Completions through the server: the client's chat, whole and streamed, models of the SDK, and custom runtimes."""

from __future__ import annotations

import os

import weave
from checking import refuses, report

try:
    from weave.flow.llm_structured_model import LLMStructuredCompletionModel
except ModuleNotFoundError:  # before 0.53
    from weave.trace_server.interface.builtin_object_classes.llm_structured_model import LLMStructuredCompletionModel

client = weave.init(os.environ["PROJECT"])
asked = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}

whole = client.chat.completions.create(**asked, temperature=0.5, max_tokens=9)
assert whole.choices[0].message.content == "You said: hello"
assert whole.usage.total_tokens == 10

# 0.52.43 closes every stream before it reads it, whoever streams.
if not weave.__version__.startswith("0.52"):
    chunks = list(client.chat.completions.create(**asked, stream=True))
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert said == "You said: hello", said

# An error has no choices, which the client's own types say.
failed = refuses(lambda: client.chat.completions.create(**{**asked, "model": "claude-x"}))

model = LLMStructuredCompletionModel(llm_model_id="openai/gpt-4o", default_params={"response_format": "text"})
assert model.predict("how are you?") == "You said: how are you?"

runtimes: list[str] = []
if hasattr(client, "register_custom_runtime"):
    made = client.register_custom_runtime(
        name="my/own", base_url=os.environ["PROVIDER"], runtime_ids=["tiny/model"], api_key_secret=None
    )
    runtimes = [runtime.playground_id for runtime in made.runtime_ids]
    answer = client.chat.completions.create(model=runtimes[0], messages=asked["messages"])
    assert answer.choices[0].message.content == "You said: hello"
client.flush()
report(failed=failed, runtimes=runtimes)
