-- Which calls feedback names as the calls of scores is asked for every call that a monitor wants.
ALTER TABLE feedback {{on_cluster}} ADD INDEX IF NOT EXISTS call_ref_bloom call_ref TYPE bloom_filter(0.001) GRANULARITY 1;
