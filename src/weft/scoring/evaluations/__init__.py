"""Evaluation runs that the worker makes: one file for each kind of their tasks, and for what these read."""
