"""Keeping the workbook current: the one poller and the versions it keeps."""
