"""Answers sent to people: messages as functions of two versions of the sheet, and the channels that carry them."""
