#!/usr/bin/env python3
"""Checks every `aws` command in documents and scripts against the AWS CLI that `make build` installs.

    scripts/check-commands.py        with the Python of .local/venv-deploy, from the checkout's root

A service, an operation or an option that this CLI does not have would make a runbook fail when it is
needed: only version 2 has `aws logs tail` and `--cli-binary-format`. Needs no network; checks no values.
"""

import re
import sys
from pathlib import Path

from awscli.clidriver import create_clidriver

READ = ["README.md", "CONTRIBUTING.md", "Makefile", "docs/*.md", "scripts/*.sh"]
COMMAND = re.compile(r"(?:^|[\s`$('\"|])aws ([a-z0-9]+) ([a-z][a-z0-9-]+)")
OPTION = re.compile(r"(?<!\S)--([a-z][a-z0-9-]+)")


def commands():
    """Yields file, service, operation and options. A command ends with its line or where the next one begins."""
    for pattern in READ:
        for path in sorted(Path().glob(pattern)):
            text = path.read_text().replace("\\\n", " ")
            for line in text.splitlines():
                found = list(COMMAND.finditer(line))
                for match, following in zip(found, found[1:] + [None]):
                    rest = line[match.end() : following.start() if following else None]
                    rest = re.split(r"[`|]", rest, maxsplit=1)[0]
                    yield path, match[1], match[2], OPTION.findall(rest)


def main():
    driver = create_clidriver().create_help_command()
    services, everywhere, known, wrong, seen = driver.command_table, set(driver.arg_table), {}, [], 0
    for path, service, operation, options in commands():
        if service not in services:
            wrong.append(f"{path}: aws {service} {operation}: there is no such service")
            continue
        seen += 1
        if service not in known:
            known[service] = services[service].create_help_command().command_table
        if operation not in known[service]:
            wrong.append(f"{path}: aws {service} {operation}: there is no such operation")
            continue
        own = set(getattr(known[service][operation], "arg_table", {}))
        wrong += [f"{path}: aws {service} {operation} --{one}" for one in options if one not in own | everywhere]
    if seen < 50:
        wrong.append(f"only {seen} commands were found")
    print("\n".join(wrong) or f"{seen} commands exist in the AWS CLI")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
