"""Durability: the disk edge, the shared log, every group's own files, the worker's own documents."""
