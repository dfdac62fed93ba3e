"""`cwac notify`: what would be sent, a test message, and resuming."""

import datetime as dt

from cwac.storage import deliveries
from cwac.storage.store import Store
from tests.cli.plan import run
from tests.notify.county import Plan, at
