"""Seconds for the packet of one event, and of a month of 20, in this process: `python -m tests.bench.packet`."""

import datetime as dt
import time

from cwac.packet import documents, layouts
from cwac.packet.facts import missing_facts, packet_data
from cwac.packet.layouts import Theme
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook

TODAY = dt.date(2026, 9, 29)


def main() -> None:
    snapshot = read_workbook(sample_workbook(TODAY), TODAY)
    events = [event for event in snapshot.events_by_start if event.date > TODAY][:20]
    for name, look in (("shipped layouts", Theme()), ("own layouts", Theme(layouts.shipped()))):
        for chosen in (events[:1], events[:1], events):
            start, count = time.perf_counter(), 0
            for event in chosen:
                data, missing = packet_data(snapshot, event), missing_facts(snapshot, event)
                count += len([document.file(data, missing, look) for document in documents.documents(data["event"])])
            print(f"{name:16} {len(chosen):3} events, {count:4} documents: {time.perf_counter() - start:6.2f} s")


if __name__ == "__main__":
    main()
