"""The scripted skills: each is a generator of action chunks, one file per kind of skill."""
