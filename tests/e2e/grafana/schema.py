"""Reads a dashboard and alert rules with Grafana's own models and writes them again: what comes out differs where Grafana would not
understand it.

Reads {"dashboard", "rules"} from standard input. Prints the paths of fields that Grafana's schema does not have, or has with another
value.
"""

import json
import sys

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.alerting import Rule
from grafana_foundation_sdk.models.dashboard import Dashboard
from grafana_foundation_sdk.models.expr import TypeReduce, TypeThreshold

EXPRESSIONS = {"reduce": TypeReduce, "threshold": TypeThreshold}


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


def check(model, value, path):
    kept = json.loads(json.dumps(model.from_json(value), cls=JSONEncoder))
    return lost(value, kept, path)


register_default_plugins()
given = json.load(sys.stdin)
paths = list(check(Dashboard, given["dashboard"], "dashboard"))
for rule in given["rules"]:
    paths += check(Rule, rule, rule["title"])
    for query in rule["data"][1:]:
        paths += check(EXPRESSIONS[query["model"]["type"]], query["model"], f"{rule['title']} {query['refId']}")
print("\n".join(paths), end="")
