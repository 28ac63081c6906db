"""Sentences that people read in their own language: English in the code, the others in catalogues.

``messages`` marks sentences where they are written, ``catalogue`` says them in a language, and the
``.po`` files beside them hold the translations. Adding a language is adding a file.
"""
