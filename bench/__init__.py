"""Measures of Weft as ratios against the bare engine, a no-op request and the reference server, in one run.

One file per measure (`measure_*.py`); the rest starts servers, sends requests and shows results. Never part of a test.
"""
