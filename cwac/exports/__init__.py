"""Answers as files, feeds, reports and charts."""
