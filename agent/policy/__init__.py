"""Judges of the content policy: fast rules over words, and models behind the same port."""
