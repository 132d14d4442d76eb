"""nanie-actors: many WhatsApp groups as isolated, durable timelines for many app conversations."""
