"""Storms, hours and thousands of hostile inputs: run by hand with `make soak`."""
