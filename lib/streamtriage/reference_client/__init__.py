"""What each client would log for what was seen; it sends nothing."""
