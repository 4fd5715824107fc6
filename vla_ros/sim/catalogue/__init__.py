"""The kinds of object, one file per family; each lists its own as KINDS."""
