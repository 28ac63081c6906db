"""Clients of language and vision models behind an OpenAI-compatible server such as vLLM."""
