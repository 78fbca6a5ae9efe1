"""Weft: self-hosted tracing, evaluation and scoring for LLM applications."""

__version__ = "0.1.0"
