"""``python -m evaluation.peers HOSTS DELAYS``: the outside world on loopback, until its input ends.

``DELAYS`` is a JSON object with the fields of :class:`evaluation.peers.script.Delays`.
"""

from __future__ import annotations

import asyncio
import json
import sys

from evaluation.peers.script import Delays
from evaluation.peers.server import serve

if __name__ == "__main__":
    asyncio.run(serve(Delays(**json.loads(sys.argv[2])), hosts=int(sys.argv[1])))
