"""An annotation queue from its making to its end: filled, listed, worked through, counted, found in calls, deleted."""

from __future__ import annotations

import os

import weave
from checking import eventually, exactly, refuses, report

client = weave.init(os.environ["PROJECT"])
BEFORE_54 = tuple(int(part) for part in weave.__version__.split(".")) < (0, 54, 0)


@weave.op
def answer(question: str) -> str:
    return f"It depends: {question}"


@weave.op
def shout(text: str) -> str:
    return text.upper()


def update_progress(item, state: str):
    """What a page for annotators does; `WeaveClient` has no method of its own for it."""
    request = {
        "project_id": f"{client.entity}/{client.project}",
        "queue_id": item.queue_id,
        "item_id": item.id,
        "annotation_state": state,
    }
    if BEFORE_54:
        from weave.trace_server.trace_server_interface import AnnotatorQueueItemsProgressUpdateReq

        request = AnnotatorQueueItemsProgressUpdateReq(**request)
    return client.server.annotator_queue_items_progress_update(request).item


def states(queue_id: str, **asked) -> list[str]:
    return [item.annotation_state for item in client.list_annotation_queue_items(queue_id, **asked)]


def records() -> str:
    spec = weave.AnnotationSpec(name="Tone", field_schema={"type": "string", "enum": ["kind", "curt"]})
    ref = weave.publish(spec, name="tone").uri()
    queue_id = client.create_annotation_queue(name="Reviews", scorer_refs=[ref], description="read all of it")
    client.create_annotation_queue(name="Another", scorer_refs=[])
    queue = client.get_annotation_queue(queue_id)
    assert (queue.name, queue.description, queue.scorer_refs) == ("Reviews", "read all of it", [ref])
    assert [found.id for found in client.list_annotation_queues(name="review")] == [queue_id]
    assert len(client.list_annotation_queues()) == 2
    assert client.update_annotation_queue(queue_id, name="Reviews of May").name == "Reviews of May"
    return queue_id


def fill(queue_id: str) -> list[str]:
    # The client flushes before it adds, so calls made a moment ago are there.
    made = [answer.call(f"is it {what}?")[1] for what in ("wool", "silk", "felt")]
    made.append(shout.call("linen")[1])
    ids = [call.id for call in made]
    fields = ["inputs.question", "output"]
    added = client.add_calls_to_annotation_queue(queue_id, call_ids=ids[:3], display_fields=fields)
    assert (added.added_count, added.duplicates) == (3, 0)
    added = client.add_calls_to_annotation_queue(queue_id, call_ids=ids, display_fields=["inputs.text"])
    assert (added.added_count, added.duplicates) == (1, 3)
    return ids


def listed(queue_id: str, ids: list[str]) -> None:
    items = client.list_annotation_queue_items(queue_id, include_position=True)
    assert sorted(item.call_id for item in items) == sorted(ids)
    assert [item.position_in_queue for item in items] == [1, 2, 3, 4]
    assert {item.annotation_state for item in items} == {"unstarted"}
    first = next(item for item in items if item.call_id == ids[0])
    stored = eventually(lambda: client.get_call(ids[0]))
    assert first.display_fields == ["inputs.question", "output"]
    assert (first.call_op_name, first.call_trace_id) == (stored.op_name, stored.trace_id)
    assert first.call_started_at == stored.started_at
    assert first.added_by == first.created_by
    (last,) = client.list_annotation_queue_items(queue_id, filter={"call_id": ids[3]})
    assert last.display_fields == ["inputs.text"]
    by_start = [{"field": "call_started_at", "direction": "desc"}]
    newest = client.list_annotation_queue_items(queue_id, sort_by=by_start, limit=2)
    assert [item.call_id for item in newest] == [ids[3], ids[2]]
    assert states(queue_id, filter={"call_op_name": stored.op_name}) == ["unstarted"] * 3


def work(queue_id: str) -> dict:
    first, second, third, _ = client.list_annotation_queue_items(queue_id)
    opened = update_progress(first, "in_progress")
    assert opened.annotation_state == "in_progress"
    assert opened.annotator_user_id
    assert update_progress(first, "completed").annotation_state == "completed"
    assert update_progress(second, "skipped").annotation_state == "skipped"
    assert update_progress(third, "in_progress").annotation_state == "in_progress"
    assert refuses(lambda: update_progress(first, "in_progress"))
    assert refuses(lambda: update_progress(second, "completed"))
    assert states(queue_id) == ["completed", "skipped", "in_progress", "unstarted"]
    done = client.list_annotation_queue_items(queue_id, filter={"annotation_states": ["completed", "skipped"]})
    assert [item.id for item in done] == [first.id, second.id]
    (stats,) = client.get_annotation_queue_stats([queue_id])
    assert (stats.total_items, stats.completed_items) == (4, 2)
    return {"completed": first.call_id}


def found_in_calls(queue_id: str, ids: list[str]) -> int:
    of_queue = {"$expr": {"$eq": [{"$getField": "annotation_queue_items.queue_id"}, {"$literal": queue_id}]}}
    answer.call("is it in no queue?")
    client.flush()
    found = exactly(4, lambda: client.get_calls(query=of_queue))
    assert sorted(call.id for call in found) == sorted(ids)
    return len(found)


def end(queue_id: str) -> None:
    assert client.delete_annotation_queue(queue_id).deleted_at is not None
    assert [queue.name for queue in client.list_annotation_queues()] == ["Another"]
    assert refuses(lambda: client.get_annotation_queue(queue_id))


queue_id = records()
ids = fill(queue_id)
listed(queue_id, ids)
report(queue=queue_id, work=work(queue_id), found=found_in_calls(queue_id, ids), end=end(queue_id))
