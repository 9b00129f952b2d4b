"""Creates a template and the templates that it nests against moto, as CloudFormation would.

moto supports nested stacks only partly (no outputs) and silently skips unknown types. So nested stacks
are created one by one here, with the parameters that their parents pass, and types that moto lacks are
removed first and counted. Anything else that does not exist afterwards is an error.
"""

import base64
import json
import re
import time
from pathlib import Path

from cfnlint.decode import cfn_yaml

STACK = "AWS::CloudFormation::Stack"
ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "123456789012"
TRIES, PAUSE = 240, 0.25


class Failed(Exception):
    """A failure that the rehearsal found."""


def load(path):
    """Loads a template as plain data, with short forms expanded."""
    return json.loads(json.dumps(cfn_yaml.load(str(path))))


def wait_for(what, condition):
    """Polls until the condition holds."""
    for _ in range(TRIES):
        if condition():
            return
        time.sleep(PAUSE)
    raise Failed(f"{what} did not happen within {TRIES * PAUSE:.0f} s")


def attribute_of(node):
    """Resource and attribute of a Fn::GetAtt."""
    found = node["Fn::GetAtt"]
    parts = found.split(".") if isinstance(found, str) else found
    return parts[0], ".".join(parts[1:])


def named(node):
    """Every name that an expression refers to: parameters, resources, nested stacks."""
    if isinstance(node, list):
        return set().union(*map(named, node))
    if not isinstance(node, dict):
        return set()
    if "Ref" in node:
        return {node["Ref"]}
    if "Fn::GetAtt" in node:
        return {attribute_of(node)[0]}
    if "Fn::Sub" in node:
        text, *rest = node["Fn::Sub"] if isinstance(node["Fn::Sub"], list) else [node["Fn::Sub"]]
        own = set().union(*(set(one) for one in rest))
        inside = {match.partition(".")[0] for match in re.findall(r"\$\{([A-Za-z0-9.]+)\}", text)}
        return (inside - own) | named(rest)
    return named(list(node.values()))


class Stack:
    """One template with its parameters; nested ones inside."""

    def __init__(self, rehearsal, name, template, parameters, folder):
        self.rehearsal, self.name, self.template, self.folder = rehearsal, name, template, folder
        declared = template.get("Parameters", {})
        unknown = set(parameters) - set(declared)
        if unknown:
            raise Failed(f"{name} gets parameters that it does not have: {sorted(unknown)}")
        self.parameters = {key: parameters.get(key, one.get("Default")) for key, one in declared.items()}
        lacking = [key for key, text in self.parameters.items() if text is None]
        if lacking:
            raise Failed(f"{name} lacks the parameters {lacking}")
        for key, one in declared.items():
            if one["Type"].startswith("AWS::SSM::"):
                stored = rehearsal.client("ssm").get_parameter(Name=self.parameters[key])
                self.parameters[key] = stored["Parameter"]["Value"]
            if "AllowedValues" in one and str(self.parameters[key]) not in map(str, one["AllowedValues"]):
                raise Failed(f"{name}: {key} must not be {self.parameters[key]}")
        chosen = {key: one for key, one in template["Resources"].items() if self.holds(one.get("Condition"))}
        self.nested = {key: one for key, one in chosen.items() if one["Type"] == STACK}
        self.absent = {key: one for key, one in chosen.items() if one["Type"] in rehearsal.absent}
        self.own = {key: one for key, one in chosen.items() if key not in self.nested and key not in self.absent}
        rehearsal.taken_out.update(one["Type"] for one in self.absent.values())
        self.children, self.facts = {}, {}

    # Expressions.

    def holds(self, condition):
        return condition is None or self.value(self.template["Conditions"][condition])

    def value(self, node):
        """An expression's value; for resources of this stack, once they exist."""
        if isinstance(node, list):
            return [one for one in map(self.value, node) if one is not None]
        if not isinstance(node, dict):
            return node
        if len(node) != 1 or not (next(iter(node)) in ("Ref", "Condition") or next(iter(node)).startswith("Fn::")):
            return {key: one for key, one in ((key, self.value(one)) for key, one in node.items()) if one is not None}
        (function, argument), = node.items()
        match function:
            case "Ref":
                return self.reference(argument)
            case "Fn::GetAtt":
                return self.attribute(*attribute_of(node))
            case "Fn::Sub":
                text, extra = argument if isinstance(argument, list) else (argument, {})
                extra = {key: self.value(one) for key, one in extra.items()}
                known = lambda key: extra[key] if key in extra else self.attribute(*key.split(".", 1)) if "." in key else self.reference(key)
                return re.sub(r"\$\{([A-Za-z0-9.:]+)\}", lambda match: str(known(match[1])), text)
            case "Fn::Join":
                joined = self.value(argument[1])
                return argument[0].join(map(str, joined if isinstance(joined, list) else [joined]))
            case "Fn::Split":
                return str(self.value(argument[1])).split(argument[0])
            case "Fn::Select":
                return self.value(argument[1])[int(argument[0])]
            case "Fn::Base64":
                return base64.b64encode(str(self.value(argument)).encode()).decode()
            case "Fn::GetAZs":
                return [f"{self.rehearsal.region}{zone}" for zone in "abc"]
            case "Fn::FindInMap":
                mapped, first, second = argument[0], self.value(argument[1]), self.value(argument[2])
                return self.template["Mappings"][mapped][first][second]
            case "Fn::If":
                return self.value(argument[1] if self.holds(argument[0]) else argument[2])
            case "Fn::Equals":
                left, right = map(self.value, argument)
                return str(left).lower() == str(right).lower()
            case "Fn::Not":
                return not self.value(argument[0])
            case "Fn::And":
                return all(map(self.value, argument))
            case "Fn::Or":
                return any(map(self.value, argument))
            case "Condition":
                return self.holds(argument)
            case "Fn::Base64":
                return base64.b64encode(str(self.value(argument)).encode()).decode()
        raise Failed(f"{self.name} uses {function}, which the rehearsal does not support")

    def reference(self, name):
        pseudo = {
            "AWS::Region": self.rehearsal.region,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": self.name,
            "AWS::NoValue": None,
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            text = self.parameters[name]
            kind = self.template["Parameters"][name]["Type"]
            return str(text).split(",") if kind == "CommaDelimitedList" else text
        return self.fact(name, None)

    def attribute(self, name, attribute):
        if name in self.nested:
            key = attribute.removeprefix("Outputs.")
            return self.children[name].output(key)
        return self.fact(name, attribute)

    def fact(self, name, attribute):
        """An attribute of a resource: moto's value, or a placeholder if moto lacks the type."""
        if name in self.absent:
            arn = attribute and attribute.endswith("Arn")
            secret = self.absent[name]["Type"] == "AWS::SecretsManager::Secret"
            if secret:
                return f"arn:aws:secretsmanager:{self.rehearsal.region}:{ACCOUNT}:secret:{name}"
            return f"arn:aws:absent:{self.rehearsal.region}:{ACCOUNT}:absent:{name}" if arn else f"absent-{name.lower()}"
        if name not in self.own:
            raise Failed(f"{self.name} refers to {name}, which does not exist")
        key = name if attribute is None else f"{name}.{attribute}"
        if key not in self.facts:
            raise Failed(f"{self.name} has no {key} yet")
        return self.facts[key]

    def output(self, key):
        outputs = self.template.get("Outputs", {})
        if key not in outputs:
            raise Failed(f"{self.name} has no output {key}")
        return self.value(outputs[key]["Value"])

    # Creation.

    def create(self):
        """Creates nested stacks as soon as their parameters are known, and this stack when nothing else can be."""
        waiting, created = dict(self.nested), not self.own
        while waiting or not created:
            ready = [key for key, one in waiting.items() if self.available(one, created)]
            for key in ready:
                properties = waiting.pop(key)["Properties"]
                path = (self.folder / properties["TemplateURL"]).resolve()
                parameters = {name: self.value(one) for name, one in properties.get("Parameters", {}).items()}
                parameters = {name: one for name, one in parameters.items() if one is not None}
                child = Stack(self.rehearsal, f"{self.name}-{key}", load(path), parameters, path.parent)
                self.children[key] = child
                child.create()
            if not ready:
                if created:
                    raise Failed(f"{self.name}: {sorted(waiting)} wait for each other")
                self.create_own(waiting)
                created = True
        for key in self.template.get("Outputs", {}):
            if self.holds(self.template["Outputs"][key].get("Condition")):
                self.output(key)

    def available(self, stack, created):
        needed = named(stack["Properties"].get("Parameters", {}))
        depends = stack.get("DependsOn", [])
        needed |= {depends} if isinstance(depends, str) else set(depends)
        pending = {key for key in self.nested if key not in self.children}
        return not needed & pending and (created or not needed & set(self.own))

    def create_own(self, waiting):
        blocked = named([one.get("Properties", {}) for one in self.own.values()]) & set(waiting)
        if blocked:
            raise Failed(f"{self.name} needs {sorted(blocked)}, which need it")
        resources = {key: self.resolved(one) for key, one in self.own.items()}
        wanted = sorted(self.wanted())
        outputs = {f"F{place}": {"Value": self.expression(fact)} for place, fact in enumerate(wanted)}
        body = json.dumps({"Resources": resources, "Outputs": outputs})
        self.rehearsal.create(self.name, body, {key: one["Type"] for key, one in self.own.items()})
        said = self.rehearsal.outputs(self.name)
        self.facts = {fact: said[f"F{place}"] for place, fact in enumerate(wanted)}

    def expression(self, fact):
        name, _, attribute = fact.partition(".")
        return {"Fn::GetAtt": [name, attribute]} if attribute else {"Ref": name}

    def wanted(self):
        """The resources of this stack that nested stacks and outputs refer to."""
        found = set()

        def look(node):
            if isinstance(node, list):
                for one in node:
                    look(one)
            elif isinstance(node, dict):
                if node.get("Ref") in self.own:
                    found.add(node["Ref"])
                elif "Fn::GetAtt" in node and attribute_of(node)[0] in self.own:
                    found.add(".".join(attribute_of(node)))
                elif "Fn::Sub" in node:
                    text = node["Fn::Sub"] if isinstance(node["Fn::Sub"], str) else node["Fn::Sub"][0]
                    found.update(key for key in re.findall(r"\$\{([A-Za-z0-9.]+)\}", text) if key.partition(".")[0] in self.own)
                    look(node["Fn::Sub"])
                else:
                    look(list(node.values()))

        look([one["Properties"].get("Parameters", {}) for one in self.nested.values()])
        look([one["Value"] for one in self.template.get("Outputs", {}).values()])
        return found

    def resolved(self, node):
        """A resource with everything resolved except references within this stack, which moto resolves."""
        depends = node.get("DependsOn", [])
        depends = [depends] if isinstance(depends, str) else depends
        kept = {key: one for key, one in node.items() if key not in ("DependsOn", "Condition")}
        return {**self.partly(kept), "DependsOn": [one for one in depends if one in self.own]}

    def partly(self, node):
        if isinstance(node, list):
            return [one for one in map(self.partly, node) if one is not None]
        if not isinstance(node, dict):
            return node
        if len(node) == 1 and next(iter(node)) in ("Fn::If", "Condition"):
            choice = node["Fn::If"]
            return self.partly(choice[1] if self.holds(choice[0]) else choice[2])
        function = len(node) == 1 and (next(iter(node)) == "Ref" or next(iter(node)).startswith("Fn::"))
        if not function:
            parts = ((key, self.partly(one)) for key, one in node.items())
            return {key: one for key, one in parts if one is not None}
        if not named(node) & set(self.own):
            return self.value(node)
        if "Fn::Sub" in node:
            text, extra = node["Fn::Sub"] if isinstance(node["Fn::Sub"], list) else (node["Fn::Sub"], {})
            known = lambda key: key.partition(".")[0] not in self.own and key not in extra
            text = re.sub(
                r"\$\{([A-Za-z0-9.:]+)\}",
                lambda match: str(self.value({"Fn::Sub": match[0]})) if known(match[1]) else match[0],
                text,
            )
            return {"Fn::Sub": [text, self.partly(extra)] if extra else text}
        return {key: self.partly(one) for key, one in node.items()}
