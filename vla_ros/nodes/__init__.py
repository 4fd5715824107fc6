"""One thin node per file: convert, delegate, convert, publish."""
