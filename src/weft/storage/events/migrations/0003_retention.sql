-- What a sweep is about to remove: a list that outlives a crash, so that the next sweep finishes. `kind` is call, span
-- or feedback; `trace_id` is set for spans; `ref` is how feedback names the row; rows above `version` came later.
CREATE TABLE IF NOT EXISTS retention_doomed {{on_cluster}} (
    kind LowCardinality(String),
    project_id String,
    trace_id String,
    id String,
    ref String,
    version UInt64
) ENGINE = {{engine:MergeTree()}}
ORDER BY (kind, project_id, trace_id, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Files that removed rows named; whether anything else names them is looked up before the bytes go.
CREATE TABLE IF NOT EXISTS retention_files {{on_cluster}} (
    project_id String,
    digest String
) ENGINE = {{engine:ReplacingMergeTree()}}
ORDER BY (project_id, digest)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
