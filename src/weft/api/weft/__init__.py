"""Weft's own routes under /weft/v1, one file per noun."""
