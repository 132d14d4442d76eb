"""The `nanie` command line."""
