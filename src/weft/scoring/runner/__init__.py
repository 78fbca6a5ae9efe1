"""Runs users' code apart from the server: the worker's side here, what runs in the other process in child/."""
