"""The values and errors that every other package uses, and what several of them ask of language;
standard library only, but for the vectors of sentences."""
