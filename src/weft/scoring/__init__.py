"""Asynchronous scoring: the worker, its retries and the kinds of scorer it can run."""
