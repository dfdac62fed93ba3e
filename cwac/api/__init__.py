"""The JSON API for other programs, with tokens that coordinators make."""
