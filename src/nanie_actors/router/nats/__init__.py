"""NATS as a router transport: rows out of a stream by a cursor of ours, replies and pushes into streams."""
