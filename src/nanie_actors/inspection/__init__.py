"""Looking into a running worker: state dump and control socket."""
