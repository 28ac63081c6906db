"""The outside world of the benches on loopback, in a process of its own."""
