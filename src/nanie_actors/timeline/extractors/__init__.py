"""The extractors that come with the worker, and how others are found. See docs/extraction.md."""
