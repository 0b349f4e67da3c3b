"""Calls functions of the module edge_presigner: from `[name, args, kwargs]` each on stdin to what each has returned or raised."""

import json
import sys
import traceback

import edge_presigner


def outcome(name, args, kwargs):
    try:
        return {"value": getattr(edge_presigner, name)(*args, **kwargs)}
    except edge_presigner.PresignerError as error:
        members = {"type": error.type, "status": error.status, "detail": error.detail, "retryAfterSecs": error.retry_after_secs}
        return {"error": members, "text": f"{error!r} {error} {traceback.format_exc()}"}
    except ValueError as error:
        return {"mistake": str(error), "text": traceback.format_exc()}


print(json.dumps([outcome(*call) for call in json.load(sys.stdin)]))
