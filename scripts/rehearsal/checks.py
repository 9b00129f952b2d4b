"""Checks what exists after the rehearsed deploy, as moto reports it."""

import json
from pathlib import Path

from stacks import Failed, load

ROOT = Path(__file__).resolve().parents[2]


def may_be_empty():
    """Variables that the template may leave empty: by a condition, or by a parameter's default."""
    template = load(ROOT / "template.yaml")

    def empty(node):
        match node:
            case {"Ref": name}:
                return template["Parameters"].get(name, {}).get("Default") == ""
            case {"Fn::If": [_, yes, no]}:
                return empty(yes) or empty(no)
        return node == ""

    functions = [one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::Serverless::Function"]
    environments = [one.get("Environment", {}).get("Variables", {}) for one in [template["Globals"]["Function"], *functions]]
    return {name for variables in environments for name, node in variables.items() if empty(node)}


def check_functions(client, stage):
    """No variable of a function has an unresolved reference."""
    functions = client("lambda").list_functions(MaxItems=50)["Functions"]
    expected = {f"shop-{stage}-{path.name}" for path in (ROOT / "functions").iterdir() if path.is_dir()}
    names = {function["FunctionName"] for function in functions}
    if names != expected:
        raise Failed(f"functions {sorted(names)}, expected {sorted(expected)}")
    optional = may_be_empty()
    for function in functions:
        for name, text in function.get("Environment", {}).get("Variables", {}).items():
            if "${" in text or text == "None" or (text == "" and name not in optional):
                raise Failed(f"{function['FunctionName']} has {name}={text!r}")
        if function["Runtime"] != "provided.al2023":
            raise Failed(f"{function['FunctionName']} runs on {function['Runtime']}")
    return f"{len(functions)} functions, every variable resolved"


def check_queues(client, stage):
    sqs = client("sqs")
    for name in ("notification", "analytics", "catalog"):
        url = sqs.get_queue_url(QueueName=f"shop-{stage}-{name}")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        redrive = json.loads(attributes["RedrivePolicy"])
        if attributes["VisibilityTimeout"] != "180" or int(redrive["maxReceiveCount"]) != 5:
            raise Failed(f"the queue {name} has {attributes}")
        if not redrive["deadLetterTargetArn"].endswith(f"shop-{stage}-{name}-dead-letters"):
            raise Failed(f"the queue {name} sends dead letters to {redrive['deadLetterTargetArn']}")
    mappings = client("lambda").list_event_source_mappings()["EventSourceMappings"]
    if len(mappings) != 3:
        raise Failed(f"{len(mappings)} event source mappings instead of 3")
    return "3 queues with their dead-letter queues, each with its consumer"


def check_tables(client, stage):
    """Keys and billing: moto ignores expiry and backups, which tests/template checks."""
    for name in (f"shop-{stage}-payments", f"shop-{stage}-notifications"):
        table = client("dynamodb").describe_table(TableName=name)["Table"]
        keys = [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]]
        billing = table.get("BillingModeSummary", {}).get("BillingMode")
        if keys != [("pk", "HASH"), ("sk", "RANGE")] or billing != "PAY_PER_REQUEST":
            raise Failed(f"{name} has the keys {keys} and is billed {billing}")
    return "2 on-demand tables, with their keys"


def check_logs(client, stage):
    groups = client("logs").describe_log_groups(logGroupNamePrefix=f"/shop/{stage}/")["logGroups"]
    endless = [group["logGroupName"] for group in groups if not group.get("retentionInDays")]
    if endless or len(groups) < 14:
        raise Failed(f"{len(groups)} log groups, without retention: {endless}")
    return f"{len(groups)} log groups, each with retention"


ALL = [check_functions, check_queues, check_tables, check_logs]
