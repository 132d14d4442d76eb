"""Messages read by a language model: what it is asked, how much, and what of its answers is believed."""
