"""The page and what belongs to it over HTTP: Starlette on uvicorn, in a thread of its own."""
