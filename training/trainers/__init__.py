"""Programs that train; they need torch and transformers and import nothing else of Limner."""
