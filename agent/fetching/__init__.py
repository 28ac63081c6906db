"""The parts of the one fetcher: headers, bodies, robots.txt and who may connect when."""
