"""The agent router's edge: commands come in, replies and pushes go out."""
