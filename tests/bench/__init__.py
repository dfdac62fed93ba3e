"""Benchmark commands: each prints ratios measured in one run."""
