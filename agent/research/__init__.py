"""Research: the model-driven agent, the rule-based planner, their tools, and what they find."""
