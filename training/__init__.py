"""From what people did with pictures to a better agent: data, training, comparison, promotion."""
