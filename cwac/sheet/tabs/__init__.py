"""The tabs of the contract: one module reads one tab, or several alike."""
