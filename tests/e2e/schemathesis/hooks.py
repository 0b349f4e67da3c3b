"""Leads schemathesis past the question who may have what, which nobody guesses the answer to."""
import os

import schemathesis

PROFILE = "avatars"
PREFIX = "users/"


@schemathesis.hook
def before_call(context, case, **kwargs):
    """Asks for something of the one profile, where any text was asked for and would do."""
    if case.path == "/v1/token" and isinstance(case.body, str) and len(case.body) % 4 == 3 and len(case.body) <= 20_000:
        case.body = os.environ["TOKEN_IN_HAND"]
    if isinstance(case.body, dict):
        for request in [case.body, *items_of(case.body)]:
            open_up(request, PREFIX)
    if case.path_parameters:
        open_up(case.path_parameters, PREFIX.replace("/", "%2F"))


def items_of(body):
    items = body.get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def open_up(request, prefix):
    # Some stay as they are, to be refused.
    if isinstance(request.get("profile"), str) and len(request["profile"]) % 4 != 3:
        request["profile"] = PROFILE
    for name in ["key", "keyPrefix", "prefix"]:
        # What is wrong stays wrong: empty, too long, with NUL or dot segments.
        if isinstance(request.get(name), str) and request[name] != "":
            request[name] = prefix + request[name]
