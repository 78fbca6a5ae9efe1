"""OpenTelemetry traces: decoding OTLP, and what the attribute conventions mean for calls and for spans of agents.

Pure: bytes in, values out. Storing them is the domain's.
"""
