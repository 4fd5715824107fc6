"""One model family per file; besides training/, the only room that imports torch."""
