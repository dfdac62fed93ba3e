"""The questions people ask: a snapshot in, an answer out."""
