"""What operators watch: metrics and health."""
