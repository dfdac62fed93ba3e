"""`cwac notify`: what would be sent, a test message, and resuming."""
