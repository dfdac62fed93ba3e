"""The documents of an event: briefing, flyers, news release, venue letter, count sheet and after-action page."""
