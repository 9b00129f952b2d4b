#!/usr/bin/env python3
"""Translates the template as SAM does and resolves all its stacks, creating nothing.

    scripts/rehearsal/translate.py

For both stages with every FrontDoor, and once for each other choice that a parameter offers: each
parameter that a nested stack gets is one that it has, each that it needs is passed, each output and
resource that is referred to exists, and every variable of a function has a value. Takes half a minute
and no network; scripts/rehearsal/deploy.py creates the stacks against moto and takes many minutes.
"""

import functools
import itertools
import json
import logging
import os
import sys
from pathlib import Path

from samtranslator.translator.transform import transform

import stacks
from checks import may_be_empty
from deploy import NoManagedPolicies
from stacks import ROOT, Failed, Stack

# The two parameters that are tried in every combination.
STAGE, DOOR = "Stage", "FrontDoor"
# Values that some choices need; the template's own rules reject an empty default.
GIVEN = {
    "AlarmEmail": "oncall@example.com",
    "BalancerDomain": "api.example.com",
    "BalancerCertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/1",
    "CaLayerArn": "arn:aws:lambda:eu-central-1:123456789012:layer:ca:1",
}


class OnPaper:
    """Stands in for an account: accepts every stack, and invents its outputs."""

    region = "eu-central-1"
    absent = frozenset()

    def __init__(self):
        self.taken_out, self.bodies, self.count = set(), {}, 0

    def client(self, _service):
        return self

    def get_parameter(self, Name):
        return {"Parameter": {"Value": f"arn:aws:ssm:::{Name}"}}

    def create(self, name, body, expected):
        self.bodies[name] = json.loads(body)
        self.count += len(expected)

    def outputs(self, name):
        """An ARN where one is expected, otherwise a name."""
        said = {}
        for key, output in self.bodies[name]["Outputs"].items():
            resource, attribute = [*output["Value"].get("Fn::GetAtt", [output["Value"].get("Ref")]), ""][:2]
            said[key] = f"arn:aws:made:{self.region}:123456789012:kind:{resource}" if attribute.endswith("Arn") else f"made-{resource.lower()}"
        return said


def choices(template):
    """Each stage with each FrontDoor, then each other choice once."""
    offered = {name: one["AllowedValues"] for name, one in template["Parameters"].items() if "AllowedValues" in one}
    base = [dict(zip((STAGE, DOOR), pair)) for pair in itertools.product(offered[STAGE], offered[DOOR])]
    others = []
    for name, values in offered.items():
        if name not in (STAGE, DOOR):
            default = template["Parameters"][name].get("Default")
            others += [{STAGE: stage, DOOR: "both", name: value} for stage in offered[STAGE] for value in values if value != default]
    return base + others


def check_functions(paper, chosen, optional):
    """Every variable of a function has a value without placeholders."""
    functions = 0
    for name, body in paper.bodies.items():
        for logical, resource in body["Resources"].items():
            if resource["Type"] != "AWS::Lambda::Function":
                continue
            functions += 1
            for variable, text in resource["Properties"].get("Environment", {}).get("Variables", {}).items():
                if isinstance(text, str) and ("${" in text or text == "") and not (text == "" and variable in optional):
                    raise Failed(f"{name}, {chosen}: {logical} has {variable}={text!r}")
    expected = {path.name for path in (ROOT / "functions").iterdir() if path.is_dir()}
    if functions != len(expected):
        raise Failed(f"{chosen}: {functions} functions, and {len(expected)} folders: {sorted(expected)}")
    return functions


def translate(chosen, optional):
    template = stacks.load(ROOT / "template.yaml")
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/function.zip"
    parameters = {**{name: text for name, text in GIVEN.items() if name in template["Parameters"]}, **chosen}
    translated = transform(template, dict(parameters), NoManagedPolicies())
    left = [name for name, one in translated["Resources"].items() if one["Type"].startswith("AWS::Serverless::")]
    if left:
        raise Failed(f"{chosen}: SAM leaves {left}")
    paper = OnPaper()
    Stack(paper, f"shop-{chosen[STAGE]}", translated, parameters, ROOT).create()
    return check_functions(paper, chosen, optional), len(paper.bodies), paper.count


def main():
    # SAM needs a region, and must not look for one in this machine's files.
    os.environ.update(AWS_REGION=OnPaper.region, AWS_DEFAULT_REGION=OnPaper.region)
    # Suppress its warnings about its own metrics.
    logging.disable(logging.WARNING)
    # Each template is parsed once, because parsing is slow, and copied, because the copies are modified.
    read = functools.lru_cache(maxsize=None)(lambda path: json.dumps(load(path)))
    load, stacks.load = stacks.load, lambda path: json.loads(read(path))
    try:
        optional = may_be_empty()
        every = choices(stacks.load(ROOT / "template.yaml"))
        for chosen in every:
            functions, created, resources = translate(chosen, optional)
            print(f"translate: {' '.join(f'{name}={value}' for name, value in chosen.items())}: "
                  f"{created} stacks, {resources} resources, {functions} functions")
    except Failed as failed:
        sys.exit(f"translate: FAILED: {failed}")
    print(f"translate: {len(every)} choices, each resolved completely")


if __name__ == "__main__":
    main()
