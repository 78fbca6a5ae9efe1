"""One file per kind of scorer the worker can run."""
