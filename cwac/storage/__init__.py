"""What outlives the process, in SQLite or PostgreSQL. SQL is in this package only."""
