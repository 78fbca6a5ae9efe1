"""The reviewed list: where Weft answers differently from the in-memory reference, what it answers, and why.

An entry of one story must still be a difference, or the test fails: the list cannot rot. "CH" is the reference's
ClickHouse half, which is the truth where the two halves differ; FIX-n are the numbered faults of the reference that
we do not copy, and § the sections, of the contract notes.
"""

from __future__ import annotations

from tests.contract.differential.comparing import ABSENT, ANYTHING, Reviewed

CLOCK = "a span between two server-made times is each server's own"
DEFAULTS = "rows read whole leave out keys that hold their default, because older SDKs refuse keys they do not know"
NEGATIVE = "CH: negative limits and offsets are 400"
UNSELECTED = "a summary that was not asked for is null, where the reference derives a wrong one from missing columns"
NO_PROJECT = "a project that nobody wrote to is not found (objects §13); the in-memory server knows every name"
NOT_AN_OBJECT = "a body that fits no schema is 422 (objects §13); the 400 is of the glue around the reference"
SIZES = "bytes as we store them: compact JSON"
NO_SPANS = "the in-memory server has no agent spans to look into"
OP_REFS = "full op refs instead of bare digests (FIX-4)"
CHECKED_IDS = "CH checks the ids and lengths of calls (objects §2); the in-memory server does not"
KEPT_OUTPUT = "finishing a prediction keeps its output (FIX-2)"
SDK_MATHS = "summaries as the SDK makes them, booleans too (FIX-5)"
SCORE_CALL = "the feedback of a score names its call (FIX-6)"
OP_VERSIONS = "CH lists every version of an op; the in-memory server the latest (evaluations §10)"
EDGES = "objects §11: what is missing reads null, and a malformed ref is 400; the in-memory server fails with 500"

SHARED = [
    Reviewed("*", "*", "body.result.*", ABSENT, DEFAULTS, theirs=(None, "", [], {}, "UNSET")),
    Reviewed("*", "*", "body.total_storage_size_bytes", None, "null when not asked for (CH)", theirs=(0,)),
    Reviewed("resource_*", "list negative", "status", 400, NEGATIVE, theirs=(200,)),
    Reviewed("eval_*", "*", "body.*latency_ms", ANYTHING, CLOCK),
    Reviewed("eval_*", "*", "body.*model_latency.mean", ANYTHING, CLOCK),
    Reviewed("eval_*", "*", "body.*model_latency_seconds", ANYTHING, CLOCK),
    Reviewed("eval_*", "*", "body.warnings", [], NO_SPANS, theirs=(["Failed to load evaluation-linked agent spans"],)),
]

CALLS = [
    Reviewed("calls_delete", "delete again", "body.num_deleted", 0, "nothing was there to delete (CH)"),
    Reviewed("calls_delete", "delete unknown", "body.num_deleted", 0, "nothing was there to delete (CH)"),
    Reviewed("calls_reading_options", "read include_*_size", "body.call.*storage_size_bytes", 58, SIZES),
    Reviewed("reading_columns", "columns *", "body.*.summary", None, UNSELECTED),
    Reviewed("reading_columns", "unknown column", "status", 422, "CH: an unknown column is 422 (objects §6)"),
    Reviewed("reading_counts", "empty project", "status", 404, NO_PROJECT),
    Reviewed("reading_counts", "sizes", "body.total_storage_size_bytes", ANYTHING, SIZES),
    Reviewed(
        "reading_expanded",
        "not returned",
        "body.0.inputs.it",
        "weave:///<project>/object/thing:BvJLOBTPYo5n4KuuIVHpiROzDC7OiJd1Du6d3jkYXTE",
        "return_expanded_column_values: false leaves the ref (CH, objects §6)",
    ),
    Reviewed("reading_malformed_queries", "negative index", "status", 422, "objects §7"),
    Reviewed("reading_malformed_queries", "time that is none", "status", 400, "objects §7: answer 400"),
    Reviewed("reading_malformed_queries", "number against text column", "status", 400, "CH: 400 (objects §7)"),
    Reviewed("reading_sorted", "display_name asc", "body", ANYTHING, "sorted by name; the in-memory server does not"),
    Reviewed("reading_sorted", "none", "body", [], "CH: limit 0 is no rows (objects §6)"),
    Reviewed("reading_sorted", "negative *", "status", 400, NEGATIVE),
]

OBJECTS = [
    Reviewed("files_stored", "no file", "status", 422, NOT_AN_OBJECT),
    Reviewed("objects_builtin", "missing field", "body.*", ANYTHING, "the same status; only the envelope is ours"),
    Reviewed("objects_builtin", "wrong type", "body.*", ANYTHING, "the same status; only the envelope is ours"),
    Reviewed("objects_builtin", "bad schema", "status", 400, "a bad JSON Schema is the client's fault, not a 500"),
    Reviewed(
        "objects_classes",
        "query excluded",
        "body.objs",
        ANYTHING,
        "CH: exclude_base_object_classes drops objects without a class too (objects §9)",
    ),
    Reviewed(
        "objects_delete", "read latest of nothing", "body.deleted_at", "<time>", "CH: the deleted error (objects §9)"
    ),
    Reviewed(
        "objects_delete", "read revived", "body.obj.version_index", 1, "CH: revived under its old index (objects §9)"
    ),
    Reviewed("objects_digests", "read 12", "status", 200, "a lone surrogate survives (objects §14)"),
    Reviewed("objects_query_pages", "page negative*", "status", 400, NEGATIVE),
    Reviewed("refs_read", "missing *", "status", 200, EDGES, theirs=(500,)),
    Reviewed("refs_read", "index beyond", "status", 200, EDGES),
    Reviewed("refs_read", "below null", "status", 200, EDGES),
    Reviewed("refs_read", "through a ref", "status", 200, "objects §11: walks through object refs", theirs=(500,)),
    Reviewed("refs_read", "latest", "status", 400, "CH: 400 (objects §11)"),
    Reviewed("refs_read", "garbage", "status", 400, EDGES, theirs=(500,)),
    Reviewed("refs_read", "bad edge", "status", 400, EDGES, theirs=(500,)),
    Reviewed("refs_read", "half an edge", "status", 400, EDGES, theirs=(500,)),
    Reviewed("tables_behind_datasets", "row by index", "status", 400, "CH: only `id` below a table (objects §11)"),
    Reviewed("tables_queried", "*by deep", "body", [8, 7, 5, 4, 2, 1, 0, 3, 6], "CH: rows with a value come first"),
    Reviewed("tables_queried", "*negative*", "status", 400, NEGATIVE),
    Reviewed("tables_updated", "unknown base", "status", 404, "CH: 404; in memory 500 (objects §10)"),
]

FEEDBACK = [
    Reviewed("feedback_on_calls", "other leaf", "status", 422, "objects §7: other leaves are 422"),
    Reviewed(
        "feedback_replaced",
        "left after bad emoji",
        "body.*",
        ANYTHING,
        "a refused replacement removes nothing (feedback §1.7)",
    ),
    Reviewed("feedback_measured", "no such type", "body.*.count", 0.0, "none of nothing is 0 (CH)", theirs=(None,)),
    Reviewed("feedback_measured", "categories", "status", 200, "CH: categories are texts (feedback §1.8)"),
    Reviewed("feedback_measured", "namesakes", "body.*", ANYTHING, "`mon:*` is no version of `monday` (feedback §1.8)"),
    Reviewed("feedback_measured", "same slug", "body.*", ANYTHING, "both numbers are told (feedback §1.8)"),
    Reviewed("feedback_measured", "* path", "status", 400, "CH: such paths are 400 (feedback §1.8)"),
    Reviewed("feedback_measured", "odd percentile", "status", 422, "CH: percentiles are 0 to 100 (feedback §1.8)"),
    Reviewed("feedback_places", "*", "body.paths", ANYTHING, "a list cannot be measured (feedback §1.10)"),
    Reviewed("feedback_types", "reaction in text", "status", 400, "one emoji and nothing else (feedback §1.4)"),
]

RESOURCES = [
    Reviewed("resource_evaluations", "*", f"body*{role}_op", f"weave:///<project>/op/ev.{role}:<version>", OP_REFS)
    for role in ("evaluate", "predict_and_score", "summarize")
] + [
    Reviewed("resource_scorers", "*", "body*score_op", "weave:///<project>/op/exact_score:<version>", OP_REFS),
    Reviewed("resource_models", "reserved attribute", "status", 422, "FIX-14"),
    Reviewed(
        "resource_models", "read latest", "body.digest", "<digest of without attributes>", "the digest, not its alias"
    ),
    Reviewed("resource_models", "read v0", "body.digest", "<digest of again>", "the digest, not its number"),
    Reviewed("resource_ops", "list *", "body*", ANYTHING, OP_VERSIONS),
]

EVALUATIONS = [
    Reviewed("eval_loop", "list predictions *", "body.*.output", ANYTHING, KEPT_OUTPUT, theirs=(None,)),
    Reviewed("eval_loop", "calls", "body.*.output", ANYTHING, KEPT_OUTPUT, theirs=(None,)),
    Reviewed(
        "eval_loop",
        "calls",
        "body.0.op_name",
        "weave:///<project>/op/Evaluation.evaluate:<version>",
        "CH: an op ref (evaluations §10)",
    ),
    Reviewed("eval_loop", "calls", "body.*.output.good.mean", ABSENT, SDK_MATHS),
    Reviewed("eval_loop", "calls", "body.*.output.good.true_count", 2, SDK_MATHS),
    Reviewed("eval_loop", "calls", "body.*.output.good.true_fraction", 2 / 3, SDK_MATHS),
    Reviewed("eval_loop", "calls", "body.0.wb_user_id", "<user>", "the creator of a run is recorded (FIX-11)"),
    Reviewed("eval_loop", "feedback", "body.result.*.call_ref", ANYTHING, SCORE_CALL, theirs=(None,)),
    Reviewed(
        "eval_loop", "summary only", "body.total_rows", 3, "rows are counted though not returned (evaluations §6.8)"
    ),
    Reviewed("eval_standalone", "read score null", "body.value", None, "null stays null (FIX-7)"),
    Reviewed("eval_standalone", "calls", "body.*.inputs.output", ANYTHING, KEPT_OUTPUT, theirs=(None,)),
    Reviewed("eval_standalone", "calls", "body.*.summary", None, UNSELECTED),
    Reviewed("eval_standalone", "feedback", "body.result.*.call_ref", "weave:///<project>/call/<score>", SCORE_CALL),
    Reviewed("eval_refusals", "delete unknown *", "body.num_deleted", 0, "what did not exist is not counted (FIX-16)"),
    Reviewed("eval_refusals", "negative *", "status", 400, NEGATIVE),
    Reviewed("eval_refusals", "list predictions", "body", [], "CH: limit 0 is nothing (evaluations §5.8)"),
    Reviewed("eval_refusals", "prediction unknown run", "status", 404, "CH: 404 (evaluations §5.4)"),
    Reviewed("eval_refusals", "score unknown prediction", "status", 404, "FIX-6"),
    Reviewed("eval_refusals", "score no ref", "status", 400, "FIX-6"),
    Reviewed("eval_refusals", "score op", "status", 200, "op scorers are allowed (FIX-6)"),
    Reviewed("eval_refusals", "finish unknown *", "status", 404, "FIX-5"),
    Reviewed(
        "eval_sdk_results",
        "only summary",
        "body.total_rows",
        4,
        "rows are counted though not returned (evaluations §6.8)",
    ),
    Reviewed(
        "eval_sdk_results",
        "raw",
        "body.warnings",
        ["Failed to resolve dataset row refs; raw_data_row may contain refs"],
        "evaluations §6.4",
    ),
    Reviewed("eval_sdk_results", "*", "body.rows.*.raw_data_row", None, "only with include_raw_data_rows (CH)"),
]

REQUESTS = [
    Reviewed("errors_call_ids", "trace 16 characters", "status", 400, CHECKED_IDS),
    Reviewed("errors_call_ids", "* upper case", "status", 400, CHECKED_IDS),
    Reviewed("errors_call_ids", "* text", "status", 400, CHECKED_IDS),
    Reviewed("errors_call_ids", "* empty", "status", 400, CHECKED_IDS),
    Reviewed("errors_call_ids", "* 32 characters", "status", 400, CHECKED_IDS),
    Reviewed("errors_call_ids", "op name 129", "status", 400, CHECKED_IDS),
    Reviewed("errors_call_ids", "name shown 1025", "status", 400, CHECKED_IDS),
    Reviewed("errors_call_ids", "run step negative", "status", 422, "objects §2: should be 4xx"),
    Reviewed("errors_empty_bodies", "list *", "status", 422, NOT_AN_OBJECT, theirs=(400,)),
    Reviewed("errors_empty_bodies", "project only *", "status", 404, NO_PROJECT, theirs=(200,)),
    Reviewed(
        "errors_empty_bodies", "empty v2 /ops", "body.digest", ANYTHING, "a placeholder's source is each server's own"
    ),
    Reviewed("errors_encodings", "cut gzip", "status", 400, "the client's fault, not a 500"),
    Reviewed("errors_encodings", "not JSON", "status", 422, NOT_AN_OBJECT),
    Reviewed(
        "errors_encodings", "no content type", "status", 422, "a body that does not say it is JSON is not read as JSON"
    ),
]

QUEUES = [
    Reviewed("queue_items", "list negative", "status", 400, NEGATIVE),
    Reviewed(
        "queue_progress", "* deleted", "status", 404, "a deleted queue is gone, and what is in it (feedback §3.2)"
    ),
    Reviewed("queue_progress", "stats of deleted", "body.stats.0.*", 0, "a deleted queue is gone (feedback §3.2)"),
]

FIGURES = [
    Reviewed("prices_queried", "list unknown *", "status", 422, "usage §2: an unknown field is 422"),
    Reviewed("prices_queried", "list query unknown", "status", 422, "usage §2: an unknown field is 422"),
    Reviewed("figures_sizes", "not traces", "status", 200, "usage §5: a size that was not asked for is 0"),
    Reviewed("figures_statistics", "*", "body.*_buckets.*.count", ANYTHING, "CH: each cell has a count (usage §4)"),
    Reviewed("figures_statistics", "t*", "body.detail", ABSENT, "the same status; only the envelope is ours"),
    Reviewed("figures_statistics", "t*", "body.reason", "<text>", "the same status; only the envelope is ours"),
    Reviewed("figures_statistics", "zone", "status", 422, "usage §4: an unknown zone is 422"),
    Reviewed("figures_statistics", "width 0", "status", 422, "usage §4: granularity 0 is 422"),
    Reviewed("figures_threads", "threads page *", "status", 400, NEGATIVE),
    Reviewed("figures_threads", "threads with a running one", "body", ANYTHING, "usage §6: such threads are listed"),
]

NO_TOKENS = "usage is not made up where no tokens were told"

TRACES = [
    Reviewed(
        "otel_*", "calls", "body.*.otel_span.scope", ANYTHING, "the library that made the span is told", (ABSENT,)
    ),
    Reviewed("otel_*", "calls", "body.*.summary.usage", ABSENT, NO_TOKENS),
    Reviewed("otel_conventions", "calls", "body.*.total_tokens", 1, "embeddings have inputs only", (None,)),
    Reviewed("otel_agents*", "spans", "body.spans.*.custom_attrs_*", ABSENT, "only those asked for (usage §10)"),
    Reviewed("otel_agents*", "spans", "body.spans.*.request_*", 0, "the same number", (0.0,)),
    Reviewed("otel_agents*", "spans", "body.spans.*.raw_span_dump", ANYTHING, "compact JSON, and with its scope"),
]

REVIEWED: list[Reviewed] = [
    *SHARED,
    *CALLS,
    *OBJECTS,
    *FEEDBACK,
    *RESOURCES,
    *EVALUATIONS,
    *REQUESTS,
    *QUEUES,
    *FIGURES,
    *TRACES,
]
