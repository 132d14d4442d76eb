"""Following single messages through the actors."""
