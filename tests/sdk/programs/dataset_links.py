"""A dataset made from calls, whose rows are linked to the calls and conversations they came from."""

from __future__ import annotations

import os

import weave
from checking import eventually, refuses, report

client = weave.init(os.environ["PROJECT"])
PROJECT = f"{client.entity}/{client.project}"
BEFORE_54 = tuple(int(part) for part in weave.__version__.split(".")) < (0, 54, 0)


@weave.op
def answer(question: str) -> str:
    return f"It depends: {question}"


def send(operation: str, model: str, **fields):
    """One of the client's operations; older clients want a model of theirs, newer ones a mapping."""
    request = {"project_id": PROJECT, **fields}
    if BEFORE_54:
        from weave.trace_server import trace_server_interface

        request = getattr(trace_server_interface, model)(**request)
    return getattr(client.server, operation)(request)


calls = [answer.call(f"is it {what}?")[1] for what in ("wool", "silk")]
client.flush()
stored = [eventually(lambda call=call: client.get_call(call.id)) for call in calls]
rows = [{"question": call.inputs["question"], "answer": call.output} for call in stored]
ref = weave.publish(weave.Dataset(name="from_calls", rows=weave.Table(rows)), name="from_calls")
digests = [row.ref.extra[-1] for row in ref.get().rows]
assert len(set(digests)) == 2


def source(call) -> dict:
    return {"source_kind": "call", "source_id": call.id, "source_trace_id": call.trace_id}


chat = {"source_kind": "conversation", "source_id": "chat-1", "source_trace_id": ""}
links = [
    {"row_digest": digests[0], "sources": [source(stored[0]), chat], "link_metadata": {"why": "long"}},
    {"row_digest": digests[1], "sources": [source(stored[1])]},
]


def link() -> list:
    return send(
        "dataset_sources_link",
        "DatasetSourcesLinkReq",
        dataset_object_id="from_calls",
        dataset_digest=ref.digest,
        links=links,
        include_created_status=True,
    ).entries


def known() -> list:
    return send("dataset_sources_query", "DatasetSourcesQueryReq", dataset_object_id="from_calls").links


made = link()
assert [entry.created for entry in made] == [True, True, True]
assert [entry.link_id for entry in link()] == [entry.link_id for entry in made]
assert [entry.created for entry in link()] == [False, False, False]

found = {one.id: one for one in known()}
first = found[made[0].link_id]
assert (first.row_digest, first.source_id, first.source_trace_id) == (digests[0], calls[0].id, stored[0].trace_id)
assert (first.source_display_name, first.source_started_at) == ("answer", stored[0].started_at)
assert first.link_metadata == {"why": "long"}
assert first.added_by

memberships = send("source_datasets_query", "SourceDatasetsQueryReq", sources=[source(stored[0]), chat]).memberships
assert [(one.source_kind, one.dataset_object_id, one.row_digests) for one in memberships] == [
    ("call", "from_calls", [digests[0]]),
    ("conversation", "from_calls", [digests[0]]),
]

# The layer of older clients that caches has no way through for this request: nothing is sent.
if not BEFORE_54:
    ids = [entry.link_id for entry in made[:1]]
    deleted = send("dataset_sources_link_delete", "DatasetSourcesLinkDeleteReq", link_ids=ids).entries
    assert [entry.deleted for entry in deleted] == [True]
    assert sorted(one.id for one in known()) == sorted(entry.link_id for entry in made[1:])
nobody = {**source(stored[0]), "source_id": "01900000-0000-7000-8000-00000000dead"}
links = [{"row_digest": digests[0], "sources": [nobody]}]
assert refuses(link)
report(links=[entry.link_id for entry in made])
