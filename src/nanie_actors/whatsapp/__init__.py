"""WhatsApp's edge: where messages come from and where texts are sent."""
