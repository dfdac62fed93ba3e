"""Answers leaving by another door: files, feeds, reports and chart specifications."""
