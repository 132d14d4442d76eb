"""The four actors: gateway, registry, group, conversation."""
