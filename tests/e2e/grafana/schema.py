"""Reads a dashboard with Grafana's own models and writes it again: what comes out differs where Grafana would not understand it.

Prints the paths of fields that Grafana's schema does not have, or has with another value.
"""

import json
import sys

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard


def lost(given, kept, path):
    if isinstance(given, dict):
        for name, value in given.items():
            if not isinstance(kept, dict) or name not in kept:
                yield f"{path}.{name}"
            else:
                yield from lost(value, kept[name], f"{path}.{name}")
    elif isinstance(given, list):
        if not isinstance(kept, list) or len(given) != len(kept):
            yield path
            return
        for index, (one, other) in enumerate(zip(given, kept)):
            yield from lost(one, other, f"{path}[{index}]")
    elif given != kept:
        yield path


register_default_plugins()
dashboard = json.load(sys.stdin)
kept = json.loads(json.dumps(Dashboard.from_json(dashboard), cls=JSONEncoder))
print("\n".join(lost(dashboard, kept, "")), end="")
