"""The router's wire: what a message may ask and how it is answered. Keys are camelCase there."""
