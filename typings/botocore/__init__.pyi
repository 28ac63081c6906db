"""The part of botocore that Limner uses; the library brings no types."""
