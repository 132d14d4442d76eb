"""The app over websockets: what is said on them, and to whom. The server that carries them is in `web/`."""
