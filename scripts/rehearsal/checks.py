"""What is there after the rehearsed deploy, read back from moto."""

import json
from pathlib import Path

from stacks import Failed

ROOT = Path(__file__).resolve().parents[2]
# Without mail there is no sender, and without limits of one's own there are those of docs/limits.md.
MAY_BE_EMPTY = {"LIMITS", "SES_SENDER"}


def check_functions(client, stage):
    """No reference is left unresolved in what a function is told."""
    functions = client("lambda").list_functions(MaxItems=50)["Functions"]
    expected = {f"shop-{stage}-{path.name}" for path in (ROOT / "functions").iterdir() if path.is_dir()} | {f"shop-{stage}-authorizer"}
    names = {function["FunctionName"] for function in functions}
    if names != expected:
        raise Failed(f"functions there {sorted(names)}, expected {sorted(expected)}")
    for function in functions:
        for name, text in function.get("Environment", {}).get("Variables", {}).items():
            if "${" in text or text == "None" or (text == "" and name not in MAY_BE_EMPTY):
                raise Failed(f"{function['FunctionName']} is told {name}={text!r}")
        if function["Runtime"] != "provided.al2023":
            raise Failed(f"{function['FunctionName']} runs on {function['Runtime']}")
    return f"{len(functions)} functions, every variable of theirs resolved"


def check_queues(client, stage):
    sqs = client("sqs")
    for name in ("notification", "analytics", "catalog"):
        url = sqs.get_queue_url(QueueName=f"shop-{stage}-{name}")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        redrive = json.loads(attributes["RedrivePolicy"])
        if attributes["VisibilityTimeout"] != "180" or int(redrive["maxReceiveCount"]) != 5:
            raise Failed(f"the queue {name} has {attributes}")
        if not redrive["deadLetterTargetArn"].endswith(f"shop-{stage}-{name}-dead-letters"):
            raise Failed(f"the queue {name} puts aside to {redrive['deadLetterTargetArn']}")
    mappings = client("lambda").list_event_source_mappings()["EventSourceMappings"]
    if len(mappings) != 3:
        raise Failed(f"{len(mappings)} event source mappings instead of 3")
    return "3 queues with their dead-letter queues, each with its consumer"


def check_tables(client, stage):
    """Keys and billing: moto forgets expiry and backups, which tests/tests/template holds."""
    for name in (f"shop-{stage}-payments", f"shop-{stage}-notifications"):
        table = client("dynamodb").describe_table(TableName=name)["Table"]
        keys = [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]]
        billing = table.get("BillingModeSummary", {}).get("BillingMode")
        if keys != [("pk", "HASH"), ("sk", "RANGE")] or billing != "PAY_PER_REQUEST":
            raise Failed(f"{name} has the keys {keys} and is billed {billing}")
    return "2 tables on demand, with their keys"


def check_logs(client, stage):
    groups = client("logs").describe_log_groups(logGroupNamePrefix=f"/shop/{stage}/")["logGroups"]
    endless = [group["logGroupName"] for group in groups if not group.get("retentionInDays")]
    if endless or len(groups) < 14:
        raise Failed(f"{len(groups)} log groups, of which kept for ever: {endless}")
    return f"{len(groups)} log groups, each with an end"


ALL = [check_functions, check_queues, check_tables, check_logs]
