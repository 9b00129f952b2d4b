#!/usr/bin/env python3
"""Rehearses a deploy and its deletion against moto: no account, no network.

    scripts/rehearsal/deploy.py [--stage dev|prod] [--size standard|small] [--front-door http-api|alb|both] [--keep-log FILE]

It does step by step what SAM and CloudFormation would do: scripts/secrets.sh creates the secrets, the
SAM template is translated, the stacks are created with the parameters that their parents pass
(stacks.py), their resources are listed and compared with the templates, the result is checked
(checks.py), and everything is deleted. moto silently skips types that it does not know: those are
listed in ABSENT, removed first, and named in the report. Any other resource that does not exist
afterwards is a failure.
"""

import argparse
import copy
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import boto3
from botocore.exceptions import ClientError
from samtranslator.translator.transform import transform

import checks
from stacks import Failed, Stack, load, wait_for

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-central-1"
BUCKET = "rehearsal"

# Types that moto 5.2 cannot create, one per line. A listed type that it can create fails too.
ABSENT = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Stage",
    "AWS::Budgets::Budget",
    "AWS::CloudFront::Distribution",
    "AWS::CloudFront::Function",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::ResponseHeadersPolicy",
    # moto creates it, but lists it without its name.
    "AWS::CloudTrail::Trail",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::ElastiCache::ParameterGroup",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::SubnetGroup",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBClusterParameterGroup",
    # For Aurora: it needs its cluster.
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBProxy",
    "AWS::RDS::DBProxyTargetGroup",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::Secret",
    # moto would run the function, which needs Docker; functions/migrations has tests of its own.
    "Custom::Migrations",
}
# Further types of a small shop.
ABSENT_SMALL = {"AWS::EC2::EIPAssociation", "AWS::RDS::EventSubscription"}
# Types that only DocumentDB needs are not rehearsed: moto lacks all of them.


def say(text):
    print(f"rehearsal: {text}", flush=True)


def start_moto(log):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Path(sys.executable).parent / "moto_server"
    child = subprocess.Popen([server, "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)

    def up():
        if child.poll() is not None:
            raise Failed(f"moto exited with {child.returncode}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_for("moto's start", up)
    return child, f"http://localhost:{port}"


def upload_functions(s3, template):
    """Uploads every function's zip, or a placeholder if it is not built; sets CodeUri to it."""
    built = []
    for resource in template["Resources"].values():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        folder = resource["Properties"]["CodeUri"]
        name, packed = Path(folder).name, io.BytesIO()
        bootstrap = ROOT / folder / "bootstrap"
        built.append(bootstrap.exists())
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bootstrap", bootstrap.read_bytes() if bootstrap.exists() else b"not built")
        s3.put_object(Bucket=BUCKET, Key=f"{name}.zip", Body=packed.getvalue())
        resource["Properties"]["CodeUri"] = f"s3://{BUCKET}/{name}.zip"
    say(f"{sum(built)} of {len(built)} functions are built; the others are replaced by an empty zip")


class NoManagedPolicies:
    """The templates use none: roles are defined in infra/function.yaml."""

    def load(self):
        return {}


def secrets(endpoint, stage, *arguments, given=None):
    environment = {**os.environ, "AWS_ENDPOINT_URL": endpoint}
    command = [str(ROOT / "scripts" / "secrets.sh"), stage, *arguments]
    done = subprocess.run(command, input=given, env=environment, text=True, capture_output=True)
    if done.returncode != 0:
        raise Failed(f"secrets.sh {' '.join(arguments)}: {done.stdout}{done.stderr}")


def rehearse_secrets(client, endpoint, stage):
    """Creates the first keys and rotates them: the published keys always include the one that signs."""
    kept = lambda name: client("secretsmanager").get_secret_value(SecretId=f"shop/{stage}/{name}")["SecretString"]
    published = lambda: json.loads(client("ssm").get_parameter(Name=f"/shop/{stage}/token-keys")["Parameter"]["Value"])["keys"]
    secrets(endpoint, stage, "init")
    secrets(endpoint, stage, "init")
    secrets(endpoint, stage, "mongodb-url", given="mongodb+srv://shop:secret@example.invalid/\n")
    first, (only,) = kept("signing-key"), published()
    secrets(endpoint, stage, "next-key")
    second = kept("second-key")
    if first == second or only not in published() or len(published()) != 2:
        raise Failed("the second key is not published next to the first")
    secrets(endpoint, stage, "switch-key")
    if (kept("signing-key"), kept("second-key")) != (second, first) or len(published()) != 2:
        raise Failed("the keys were not switched")
    secrets(endpoint, stage, "retire-key")
    if kept("signing-key") != second or only in published() or len(published()) != 1:
        raise Failed("the first key is not retired")
    say("secrets created, and the signing key rotated in three steps")


def rehearse_releases(template, parameters):
    """Each release has new versions of the functions that serve requests, and CodeDeploy moves the alias to them."""

    def of(kind, **changed):
        made = transform(copy.deepcopy(template), {**parameters, **changed}, NoManagedPolicies())["Resources"]
        return {name: one for name, one in made.items() if one["Type"] == kind}

    served = [name for name, one in template["Resources"].items() if "DeploymentPreference" in one.get("Properties", {})]
    first, second = of("AWS::Lambda::Version", Release="1"), of("AWS::Lambda::Version", Release="2")
    if len(set(second) - set(first)) != len(served) or set(first) != set(of("AWS::Lambda::Version", Release="1")):
        raise Failed(f"a release has the versions {sorted(second)}, the previous one {sorted(first)}")
    for gradual in ("true", "false"):
        groups = of("AWS::CodeDeploy::DeploymentGroup", GradualDeployments=gradual)
        aliases = of("AWS::Lambda::Alias", GradualDeployments=gradual)
        moved = [one for one in aliases.values() if "CodeDeployLambdaAliasUpdate" in one.get("UpdatePolicy", {})]
        expected = len(served) if gradual == "true" else 0
        if (len(groups), len(moved)) != (expected, expected):
            raise Failed(f"GradualDeployments={gradual}: {len(groups)} deployment groups, {len(moved)} aliases that move")
        for name, group in groups.items():
            rollback, alarms = group["Properties"]["AutoRollbackConfiguration"], group["Properties"]["AlarmConfiguration"]
            # A choice between the alarms of two sizes.
            if "DEPLOYMENT_STOP_ON_ALARM" not in rollback["Events"] or not all(one.get("Alarms") for one in alarms["Fn::If"][1:]):
                raise Failed(f"{name} does not roll back on an alarm")
    for name, one in of("AWS::Lambda::Permission").items():
        if any(one["Properties"]["FunctionName"] == {"Ref": function} for function in served):
            raise Failed(f"{name} allows calling something other than the alias")
    say(f"{len(served)} functions get a version in each release, to which requests shift and from which they roll back")


def past_aliases(translated):
    """moto has no aliases in CloudFormation: callers of an alias call the function behind it here."""
    aliases = {name: one["Properties"]["FunctionName"]["Ref"] for name, one in translated["Resources"].items() if one["Type"] == "AWS::Lambda::Alias"}

    def changed(node):
        if isinstance(node, list):
            return [changed(one) for one in node]
        if not isinstance(node, dict):
            return node
        if node.get("Ref") in aliases:
            return {"Fn::GetAtt": [aliases[node["Ref"]], "Arn"]}
        return {key: changed(one) for key, one in node.items()}

    return changed(translated)


class Rehearsal:
    """An account in moto: clients, what was created in it, and what was left out."""

    def __init__(self, endpoint, size):
        self.endpoint, self.region = endpoint, REGION
        self.absent = ABSENT | ABSENT_SMALL if size == "small" else ABSENT
        self.stacks, self.taken_out, self.types = [], set(), []

    def client(self, service):
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION)

    def create(self, name, body, expected):
        """Creates a stack and compares the resources that exist with those expected."""
        cloudformation = self.client("cloudformation")
        self.client("s3").put_object(Bucket=BUCKET, Key=f"{name}.json", Body=body.encode())
        url = f"{self.endpoint}/{BUCKET}/{name}.json"
        cloudformation.create_stack(StackName=name, TemplateURL=url, Capabilities=["CAPABILITY_IAM"])
        status = lambda: cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        wait_for(f"the stack {name}", lambda: not status().endswith("IN_PROGRESS"))
        if status() != "CREATE_COMPLETE":
            raise Failed(f"the stack {name} is {status()}")
        self.stacks.append(name)
        listed = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        there = {one["LogicalResourceId"]: one["ResourceType"] for one in listed}
        if there != expected:
            missing = {key: kind for key, kind in expected.items() if there.get(key) != kind}
            raise Failed(f"{name}: missing {missing}, surplus {sorted(set(there) - set(expected))}")
        self.types += expected.values()

    def outputs(self, name):
        described = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}

    def delete(self):
        """Deletes everything; the report names two things that moto cannot delete."""
        dynamodb, cloudformation = self.client("dynamodb"), self.client("cloudformation")
        # moto deletes tables that CloudFormation would keep, so their protection is removed.
        for table in dynamodb.list_tables()["TableNames"]:
            dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
        kept = set()
        for name in reversed(self.stacks):
            try:
                cloudformation.delete_stack(StackName=name)
            except ClientError as error:
                # moto cannot delete route tables, nor a VPC that has some.
                if error.response["Error"]["Code"] != "DependencyViolation" or not name.endswith("-Network"):
                    raise Failed(f"the stack {name} is not deleted: {error}") from error
                kept.add(name)
        left = {one["StackName"] for one in cloudformation.list_stacks()["StackSummaries"] if one["StackStatus"] != "DELETE_COMPLETE"}
        if left - kept:
            raise Failed(f"the stacks {sorted(left - kept)} are left after the deletion")
        functions = self.client("lambda").list_functions()["Functions"]
        if functions:
            raise Failed(f"{len(functions)} functions are left after the deletion")
        return f"deleted again, but for {', '.join(sorted(kept))}, which moto cannot" if kept else "deleted again"


def rehearse(rehearsal, stage, size, front_door):
    rehearse_secrets(rehearsal.client, rehearsal.endpoint, stage)
    s3 = rehearsal.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    template = load(ROOT / "template.yaml")
    upload_functions(s3, template)
    certificate = rehearsal.client("acm").request_certificate(DomainName="api.example.com")["CertificateArn"]
    parameters = {
        "Stage": stage,
        "Size": size,
        "CaLayerArn": "arn:aws:lambda:eu-central-1:123456789012:layer:rds-ca:1" if size == "small" else "",
        "MonthlyBudget": "40",
        "Release": "rehearsed",
        "GradualDeployments": "true",
        "FrontDoor": front_door,
        "AlarmEmail": "oncall@example.com",
        "BalancerDomain": "api.example.com",
        "BalancerCertificateArn": certificate,
        "ReserveConcurrency": "yes",
        "TokenKeys": f"/shop/{stage}/token-keys",
        "SigningKeySecretArn": f"/shop/{stage}/signing-key-arn",
        "MongoUrlSecretArn": f"/shop/{stage}/mongodb-url-arn",
    }
    rehearse_releases(template, parameters)
    translated = past_aliases(transform(template, dict(parameters), NoManagedPolicies()))
    shop = Stack(rehearsal, f"shop-{stage}", translated, parameters, ROOT)
    shop.create()
    kinds = len(set(rehearsal.types))
    say(f"{len(rehearsal.stacks)} stacks, {len(rehearsal.types)} resources of {kinds} types: all that the templates have")
    say(f"not rehearsed, because moto lacks them: {', '.join(sorted(rehearsal.taken_out))}")
    for check in checks.ALL:
        say(check(rehearsal.client, stage))
    say(rehearsal.delete())
    secrets(rehearsal.endpoint, stage, "forget")
    unused = ABSENT - rehearsal.taken_out
    if front_door == "both" and unused:
        raise Failed(f"ABSENT lists types that no template has: {sorted(unused)}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stage", choices=["dev", "prod"], default="dev")
    parser.add_argument("--size", choices=["standard", "small"], default="standard")
    parser.add_argument("--front-door", choices=["http-api", "alb", "both"], default="both")
    parser.add_argument("--keep-log", type=Path, help="file for moto's own output")
    return parser.parse_args()


def main():
    asked = arguments()
    os.environ.update(AWS_ACCESS_KEY_ID="rehearsal", AWS_SECRET_ACCESS_KEY="rehearsal", AWS_REGION=REGION, AWS_DEFAULT_REGION=REGION)
    with open(asked.keep_log, "w") if asked.keep_log else tempfile.TemporaryFile("w") as log:
        child, endpoint = start_moto(log)
        try:
            rehearse(Rehearsal(endpoint, asked.size), asked.stage, asked.size, asked.front_door)
        except Failed as failed:
            sys.exit(f"rehearsal: FAILED: {failed}")
        finally:
            # moto has no state worth saving.
            child.kill()
            child.wait()


if __name__ == "__main__":
    main()
