"""Checks a running shop against the API's document: schemathesis without a login, as a customer and as an admin.

Started by scripts/schema.sh, in an environment that names stores of its own. Starts the shop on
them, seeds it, runs schemathesis once in each of the three roles, and prints a summary line like cargo's,
which .ci/run adds up. Exits with 1 if anything failed that expected.toml does not explain.

    run.py --server PATH-OF-LOCAL --dir FOLDER [--as ROLE,...] [--more N] [-- SCHEMATHESIS-OPTION...]
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
ROLES = ("anonymous", "customer", "admin")
# The same requests in every run; an option sets another seed.
SEED = "20260131"
# Seconds that the shop may take to start, and one role's run to finish.
START = 120
MOST = 900
# The document's own limits are about 40 cases per operation (`coverage`), run as an admin, who may do
# everything. In addition this many cases per operation are generated, and sequences along links.
PHASES = {"anonymous": "fuzzing,stateful", "customer": "fuzzing,stateful", "admin": "examples,coverage,fuzzing,stateful"}
EXAMPLES = {"anonymous": 4, "customer": 4, "admin": 8}
PASSWORD = "correct horse battery staple"


class Shop:
    """The API, with one user's token or without one."""

    def __init__(self, url, token=None):
        self.url, self.token = url, token

    def call(self, method, path, body=None, expect=(200, 201, 204), header=None, tries=10):
        request = urllib.request.Request(self.url + path, method=method)
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, data, timeout=20) as answer:
                status, text, headers = answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            status, text, headers = error.code, error.read(), error.headers
        if status == 503 and tries:
            # On a busy machine a store may time out; nothing was done then.
            time.sleep(1)
            return self.call(method, path, body, expect, header, tries - 1)
        if status not in expect:
            raise SystemExit(f"schema: seeding failed: {method} {path}: {status} {text.decode(errors='replace')}")
        if header:
            return headers.get(header, "")
        return json.loads(text) if text else None

    def signed_up(self, name):
        email = f"{name}@example.org"
        account = self.call("POST", "/api/users/signup", {"name": f"{name} Doe", "email": email, "password": PASSWORD})
        return Shop(self.url, account["token"]), account["user"]["id"], email


def start(server, folder):
    """Starts the shop on a free port; returns the process and the URL."""
    command = [server, "run", "--port", "0", "--no-demo-data", "--dir", str(folder)]
    log = open(folder.parent / "server.txt", "wb")
    # All requests come from one address.
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "LIMITS": "x1000"})
    until = time.monotonic() + START
    while time.monotonic() < until:
        text = Path(log.name).read_text(errors="replace")
        found = re.search(r"The shop is at (http://\S+)", text)
        if found:
            return process, found[1]
        if process.poll() is not None:
            raise SystemExit(f"schema: the shop did not start:\n{text}")
        time.sleep(0.1)
    process.terminate()
    raise SystemExit(f"schema: the shop did not start within {START} s:\n{text}")


def seed(shop, server, folder, names):
    """Creates some of everything, so that generated requests find data; writes ids to the files that
    schemathesis.toml names."""
    admin, _, email = shop.signed_up("admin")
    subprocess.run([server, "make-admin", email, "--dir", str(folder)], check=True, stdout=subprocess.DEVNULL)
    customer, customer_id, _ = shop.signed_up("customer")
    passer_by, passer_by_id, guest = shop.signed_up("guest")
    products, orders, payments, failed, notifications = [], [], [], [], []
    for number in range(16):
        product = {"name": f"Tea {number}", "price": 4.5 + number, "stock": 900_000_000, "category": f"Shelf {number % 3}",
                   "description": "Green tea", "image": "/images/tea.svg"}
        products.append(admin.call("POST", "/api/products", product)["id"])
    doomed, products = products[12:], products[:12]
    for number in range(8):
        order = customer.call("POST", "/api/orders", {"items": [{"productId": products[number], "quantity": 2}]})
        orders.append(order["id"])
        payments += [payment["id"] for payment in customer.call("GET", f"/api/payments/order/{order['id']}")]
    for _ in range(6):
        declined = {"items": [{"productId": products[0], "quantity": 1}], "payment": {"method": "tok_declined"}}
        failed.append(customer.call("POST", "/api/orders", declined, expect=(402,))["order"]["id"])
    reviews = [customer.call("POST", "/api/reviews", {"productId": product, "rating": 4, "comment": "Good"})["id"]
               for product in products[:8]]
    for product in products[:3]:
        passer_by.call("POST", "/api/reviews", {"productId": product, "rating": 2, "comment": "Weak"})
    for _ in range(3):
        notifications.append(admin.call("POST", "/api/notifications", {"userId": customer_id, "type": "newsletter"})["id"])
        customer.call("POST", "/api/analytics/event", {"eventType": "product.view", "metadata": {"productId": products[0]}})
    # Logouts use these tokens, because the run's own token must last.
    logins = [shop.call("POST", "/api/users/login", {"email": guest, "password": PASSWORD})["token"] for _ in range(15)]
    lists = {"products": products, "doomed-products": doomed, "orders": orders, "failed-orders": failed,
             "payments": payments, "reviews": reviews[:5], "doomed-reviews": reviews[5:], "notifications": notifications,
             "users": [customer_id, passer_by_id]}
    with open(names / "schemathesis.toml", "a") as config:
        for name, ids in lists.items():
            config.write(f"\n[dictionaries.{name}]\nvalues = {json.dumps(ids)}\n")
    (names / "logouts.txt").write_text("\n".join(logins) + "\n")
    return {"anonymous": None, "customer": customer.token, "admin": admin.token}


def run(role, token, url, work, more, options):
    """Runs schemathesis in one role; returns the numbers of cases and failures, and which expected
    failures occurred."""
    counts = work / f"{role}-counts.json"
    environment = dict(os.environ, SCHEMA_ROLE=role, SCHEMA_TOKEN=token or "", SCHEMA_WORK=str(work),
                       SCHEMA_COUNTS=str(counts), SCHEMATHESIS_HOOKS="hooks", PYTHONPATH=str(HERE))
    command = [str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(work / "schemathesis.toml"),
               "run", f"{url}/openapi.json", "--seed", SEED, "--phases", PHASES[role], "--max-examples", str(EXAMPLES[role] * more),
               "--max-failures", "60", "--generation-database", "none", "--no-color", *options]
    print(f"\nschema: as {role}", flush=True)
    began = time.monotonic()
    try:
        status = subprocess.run(command, env=environment, cwd=work, timeout=MOST * more).returncode
    except subprocess.TimeoutExpired:
        status = 124
    counted = json.loads(counts.read_text()) if counts.exists() else {"cases": 0, "failed": 0, "expected": {}}
    if status and not counted["failed"]:
        counted["failed"] = 1
    print(f"schema: as {role}: {counted['cases']} cases, {counted['failed']} unexplained failures, "
          f"{sum(counted['expected'].values())} expected ones, {time.monotonic() - began:.0f} s, exit code {status}", flush=True)
    return counted


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--server", required=True)
    arguments.add_argument("--dir", required=True, type=Path)
    arguments.add_argument("--as", dest="roles", default=",".join(ROLES))
    arguments.add_argument("--more", type=int, default=1, help="multiplies the number of generated cases")
    arguments.add_argument("options", nargs="*")
    arguments = arguments.parse_args()
    work = arguments.dir.resolve()
    shutil.rmtree(work, ignore_errors=True)
    (work / "shop").mkdir(parents=True)
    shutil.copy(HERE / "schemathesis.toml", work)
    process, url = start(arguments.server, work / "shop")
    try:
        tokens = seed(Shop(url), arguments.server, work / "shop", work)
        roles = [role for role in ROLES if role in arguments.roles.split(",")]
        all_counts = [run(role, tokens[role], url, work, arguments.more, arguments.options) for role in roles]
    finally:
        process.terminate()
        process.wait(timeout=30)
    met = {reason for counts in all_counts for reason in counts["expected"]}
    for reason in sorted(met):
        print(f"schema: expected: {sum(counts['expected'].get(reason, 0) for counts in all_counts)} times: {reason}")
    failed = sum(counts["failed"] for counts in all_counts)
    passed = max(sum(counts["cases"] for counts in all_counts) - failed, 0)
    verdict = "FAILED" if failed else "ok"
    print(f"test result: {verdict}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
