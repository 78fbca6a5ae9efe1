"""Routes under /v2/{entity}/{project}, one file per noun."""
