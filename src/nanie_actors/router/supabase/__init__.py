"""Supabase as a router transport: rows in by a durable cursor, replies as rows, pushes as broadcasts."""
