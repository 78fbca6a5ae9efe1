"""The place of OTLP decoding and of each attribute convention's mapping to calls; empty until span ingest lands."""
