"""One module per search provider, all behind the ports of ``agent.ports``."""
