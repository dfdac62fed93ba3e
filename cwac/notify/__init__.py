"""Messages to people: what is told to whom, by which channel, and how each recipient is doing."""
