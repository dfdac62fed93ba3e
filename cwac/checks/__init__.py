"""What `cwac doctor`, the start and the set-up page check: one list of findings, each with the next step."""
