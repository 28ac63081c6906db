"""Checks claims against the pages that were read: supported, mentioned, or contradicted.

``pages`` hold the passages, ``reading`` their words, ``rules`` judge a claim without a model and
``judge`` asks one. Neither pint and quantulum3 nor dateparser are used: they convert or parse what
is known to be a measure or a date, at milliseconds each, and find none in a sentence of ten
languages; here forty units and Babel's names of months do.
"""
