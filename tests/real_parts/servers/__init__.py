"""Programs that run in environments of their own; nothing imports them here."""
