"""Blocks: the cards, tiles, strips, bars, grids and tables that pages are made of, in one browser component."""
