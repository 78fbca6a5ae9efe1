"""The words of the API as Pydantic models, one file per noun. No logic but validation."""
