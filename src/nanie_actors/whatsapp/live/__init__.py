"""The live account as the worker sees it: the bridge's process, its journal, and the connection's life."""
