"""What this add-on offers the core."""

from cwac.addons import Addon

ADDON = Addon()
