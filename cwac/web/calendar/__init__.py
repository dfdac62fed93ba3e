"""The calendar of the page `pages/calendar.py`: which days it shows, what crosses the wire, and its browser side."""
