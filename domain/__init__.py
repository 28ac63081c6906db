"""The values and errors that every other package uses; standard library only."""
