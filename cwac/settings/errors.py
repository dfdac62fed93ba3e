"""The error of a setting that cannot be used."""

from __future__ import annotations


class SettingsError(Exception):
    """A setting that cannot be used: where it is, what is wrong with it, and what to do.

    `place` is a file, a section, a key or a variable, and `fault` goes on from it without a full stop. `remedy` is a
    clause with its own full stop, or a command; it is empty where the fault says what is right.
    """

    def __init__(self, place: str, fault: str, remedy: str = "") -> None:
        super().__init__(place, fault, remedy)
        self.place, self.fault, self.remedy = place, fault, remedy

    @property
    def found(self) -> str:
        """Place and fault as a sentence, without the remedy."""
        return f"{self.place} {self.fault}."

    def __str__(self) -> str:
        return f"{self.place} {self.fault}: {self.remedy}" if self.remedy else self.found
