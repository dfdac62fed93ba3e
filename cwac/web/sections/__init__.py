"""What pages show: one module a page, or a part that several pages share."""
