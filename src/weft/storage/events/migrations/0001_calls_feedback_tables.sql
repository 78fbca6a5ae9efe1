-- One wide row per call; the newest version of (project_id, started_at, id) wins.
-- `inputs`, `output`, `attributes`, `summary`, `otel_dump` hold JSON text as it was stored; `leaves` holds their scalar
-- leaves as texts, only to filter and sort fast; `opaque` names the paths a query must read from the text instead.
-- `orphan` marks an end whose start has not arrived, `deleted` a tombstone; neither is ever shown.
CREATE TABLE IF NOT EXISTS calls {{on_cluster}} (
    project_id String,
    id String,
    trace_id String,
    parent_id String,
    thread_id String,
    turn_id String,
    op_name String,
    display_name String,
    started_at DateTime64(6, 'UTC'),
    ended_at Nullable(DateTime64(6, 'UTC')),
    expire_at Nullable(DateTime64(6, 'UTC')),
    exception String CODEC(ZSTD(1)),
    inputs String CODEC(ZSTD(1)),
    output String CODEC(ZSTD(1)),
    attributes String CODEC(ZSTD(1)),
    summary String CODEC(ZSTD(1)),
    otel_dump String CODEC(ZSTD(1)),
    input_refs Array(String),
    output_refs Array(String),
    wb_user_id String,
    wb_run_id String,
    wb_run_step Nullable(UInt64),
    wb_run_step_end Nullable(UInt64),
    leaves JSON(max_dynamic_paths = 512),
    opaque Array(LowCardinality(String)),
    deleted UInt8,
    orphan UInt8,
    version UInt64,
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX parent_id_bloom parent_id TYPE bloom_filter(0.01) GRANULARITY 1,
    PROJECTION by_id INDEX id TYPE basic
) ENGINE = {{engine:ReplacingMergeTree(version)}}
ORDER BY (project_id, started_at, id)
SETTINGS index_granularity = 128, fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1,
    deduplicate_merge_projection_mode = 'rebuild';

-- One row per feedback; (project_id, id) is unique, the newest version wins. Typed scorer columns as in the contract.
CREATE TABLE IF NOT EXISTS feedback {{on_cluster}} (
    project_id String,
    id String,
    weave_ref String,
    creator String,
    wb_user_id String,
    created_at DateTime64(6, 'UTC'),
    feedback_type LowCardinality(String),
    payload String CODEC(ZSTD(1)),
    annotation_ref String,
    runnable_ref String,
    call_ref String,
    trigger_ref String,
    queue_id String,
    scorer_tags Array(String),
    scorer_tag_reasons Map(String, String),
    scorer_tag_confidences Map(String, Float64),
    scorer_ratings Map(String, Float64),
    scorer_rating_reasons Map(String, String),
    scorer_rating_confidences Map(String, Float64),
    span_agent_name String,
    span_agent_version String,
    span_conversation_id String,
    span_trace_id String,
    span_status_code LowCardinality(String) DEFAULT 'UNSET',
    scorer_trace_id String,
    deleted UInt8,
    version UInt64,
    INDEX weave_ref_bloom weave_ref TYPE bloom_filter(0.001) GRANULARITY 1
) ENGINE = {{engine:ReplacingMergeTree(version)}}
ORDER BY (project_id, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1;

-- Content-addressed: a table is the list of its row digests, a row is its JSON text.
CREATE TABLE IF NOT EXISTS tables {{on_cluster}} (
    project_id String,
    digest String,
    row_digests Array(String) CODEC(ZSTD(1)),
    version UInt64
) ENGINE = {{engine:ReplacingMergeTree(version)}}
ORDER BY (project_id, digest)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS table_rows {{on_cluster}} (
    project_id String,
    digest String,
    val String CODEC(ZSTD(1)),
    version UInt64
) ENGINE = {{engine:ReplacingMergeTree(version)}}
ORDER BY (project_id, digest)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1;
