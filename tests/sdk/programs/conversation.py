"""A conversation of an agent with an LLM call, a tool and a picture, told with the SDK's own conversation API."""

from __future__ import annotations

import os

import weave
from checking import report
from weave.conversation import Message, Usage, end_conversation, start_conversation, start_llm, start_tool, start_turn

PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 64

client = weave.init(os.environ["PROJECT"])

with start_conversation(agent_name="helper", model="gpt-4o-mini", conversation_id="talk-1", conversation_name="A talk"):
    with start_turn(user_message="What is 2 + 3?"):
        with start_llm(model="gpt-4o-mini", provider_name="openai", system_instructions=["Add."]) as llm:
            llm.record(
                input_messages=[Message.user("What is 2 + 3?")],
                output_messages=[Message.assistant("Let me add.")],
                usage=Usage(input_tokens=11, output_tokens=4),
            )
            llm.attach_media(content=PICTURE, mime_type="image/png", modality="image")
        with start_tool(name="add", arguments='{"left": 2, "right": 3}', tool_call_id="c1") as tool:
            tool.result = "5"
    end_conversation()

client.flush()
report(conversation="talk-1")
