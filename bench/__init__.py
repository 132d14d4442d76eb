"""What nanie-actors can do on this machine, measured against stated baselines: `python -m bench`."""
