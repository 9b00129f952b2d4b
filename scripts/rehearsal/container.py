#!/usr/bin/env python3
"""Runs functions in Lambda's containers, on a shop of the rehearsal's own, up to a purchase.

    container.py --local PATH-OF-LOCAL --dir FOLDER

Started by scripts/rehearse.sh, in an environment that names stores of its own and a Docker engine
(scripts/with-docker.sh). SAM invokes one function of each kind with a stored event, then
`sam local start-api` serves the API's routes behind its authorizer. The responses and the state of the
shop afterwards are checked: SAM succeeds whatever a function responds.
"""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Seconds that the shop may take to start, SAM's server to start, and one response to arrive.
START = 120
SERVER = 120
ANSWER = 60
PASSWORD = "correct horse battery staple"
PRICE = 18.5


class Failed(Exception):
    pass


def say(text):
    print(f"rehearsal: {text}", flush=True)


def ask(url, method, path, body=None, token=None):
    """Sends one request; returns status and body."""
    request = urllib.request.Request(url + path, method=method)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, data, timeout=ANSWER) as answer:
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    return status, json.loads(text) if text else None


def expect(url, status, method, path, body=None, token=None):
    got, answer = ask(url, method, path, body, token)
    if got != status:
        raise Failed(f"{method} {path} answered {got}, expected {status}: {answer}")
    return answer


def wait_for(what, seconds, child, look, log):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        if child.poll() is not None:
            raise Failed(f"{what} ended with {child.returncode}: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.2)
    raise Failed(f"{what} took more than {seconds} s: {log.read_text(errors='replace')[-2000:]}")


def end(child):
    child.terminate()
    try:
        child.wait(ANSWER)
    except subprocess.TimeoutExpired:
        child.kill()
        raise Failed(f"{child.args[0]} did not stop") from None


def start_shop(local, folder):
    log = folder / "shop.log"
    # Everything comes from one address.
    environment = {**os.environ, "LIMITS": "x1000"}
    command = [local, "run", "--port", "0", "--no-demo-data", "--dir", str(folder / "data")]
    with open(log, "wb") as output:
        child = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    found = lambda: re.search(r"The shop is at (http://\S+)", log.read_text(errors="replace"))
    return child, wait_for("the shop", START, child, found, log)[1]


def seed(local, folder, url):
    """Creates a product and a customer; returns the customer's token."""
    sign_up = lambda name: expect(url, 201, "POST", "/api/users/signup", {"name": name, "email": f"{name}@example.org", "password": PASSWORD})
    admin, customer = sign_up("admin")["token"], sign_up("ada")["token"]
    subprocess.run([local, "make-admin", "admin@example.org", "--dir", str(folder / "data")], check=True, stdout=subprocess.DEVNULL)
    product = {"name": "Stoneware mug", "price": PRICE, "stock": 100, "category": "Kitchen", "description": "A mug", "image": "/images/mug.svg"}
    created = expect(url, 201, "POST", "/api/products", product, admin)
    if created["id"] != 1:
        raise Failed(f"the stored events buy product 1, but the first product here is {created['id']}")
    return customer


def orders(url, token):
    return expect(url, 200, "GET", "/api/orders", token=token)


def for_sam(folder):
    """The environment of the scripts that run SAM. The image is chosen once, and the script says which."""
    image = subprocess.run(["scripts/base-image.sh"], cwd=ROOT, text=True, stdout=subprocess.PIPE, check=True).stdout.strip()
    return {**os.environ, "SHOP": str(folder / "data"), "SAM_IMAGE": image}


def invoke_each_kind(environment, url, token):
    """HTTP, a purchase, a batch, a schedule, the authorizer: each in a container of its own."""
    forged = token[:-6] + ("AAAAAA" if token[-6:] != "AAAAAA" else "BBBBBB")
    each = [
        ("users", "users_health", "200", ""),
        ("products", "list_products", "200", ""),
        ("orders", "place_order", "401", forged),
        ("orders", "place_order", "201", token),
        ("notification-worker", "batch", None, ""),
        ("recovery", "schedule", None, ""),
        ("authorizer", "check_token", "allowed", token),
        ("authorizer", "check_token", "refused", forged),
    ]
    for function, event, expected, shown in each:
        began = time.monotonic()
        command = ["scripts/local-invoke.sh", function, event, *([expected] if expected else [])]
        done = subprocess.run(command, cwd=ROOT, env={**environment, "TOKEN": shown}, text=True, capture_output=True)
        took = time.monotonic() - began
        if done.returncode != 0:
            raise Failed(f"{function} {event}: {done.stdout[-2000:]}{done.stderr[-4000:]}")
        say(f"{function} {event}: {expected or 'done'} in a container, {took:.1f} s")
    bought = orders(url, token)
    if len(bought) != 1 or bought[0]["total"] != 2 * PRICE:
        raise Failed(f"the order of the container is not in the shop: {bought}")
    say(f"the shop has the order that was placed in a container: {bought[0]['id']}, {bought[0]['status']}")


def buy_through_the_api(environment, folder, url, token):
    """A customer's purchase through SAM's server, which reuses its containers."""
    log, port = folder / "api.log", free_port()
    command = ["scripts/local-api.sh", "--port", str(port)]
    with open(log, "wb") as output:
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        wait_for("sam local start-api", SERVER, child, lambda: "Running on http" in log.read_text(errors="replace"), log)
        api = f"http://127.0.0.1:{port}"
        wanted = {"items": [{"productId": 1, "quantity": 1}], "payment": {"method": "tok_visa"}}
        steps = [
            ("the catalog", 200, "GET", "/api/products", None, None),
            ("the catalog, warm", 200, "GET", "/api/products", None, None),
            ("an order without a token", 401, "POST", "/api/orders", wanted, None),
            ("an order with a forged token", 403, "POST", "/api/orders", wanted, "not.a.token"),
            ("an order", 201, "POST", "/api/orders", wanted, token),
            ("another order, warm", 201, "POST", "/api/orders", wanted, token),
            ("the orders", 200, "GET", "/api/orders", None, token),
        ]
        for what, status, method, path, body, shown in steps:
            began = time.monotonic()
            answer = expect(api, status, method, path, body, shown)
            say(f"sam local start-api: {what}: {status}, {time.monotonic() - began:.2f} s")
        if len(answer) != 3 or {order["id"] for order in orders(url, token)} != {order["id"] for order in answer}:
            raise Failed(f"the shop and SAM's server list different orders: {answer}")
        say("a purchase through SAM's server is in the shop")
    except Failed as failed:
        raise Failed(f"{failed}\n{log.read_text(errors='replace')[-4000:]}") from failed
    finally:
        end(child)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--local", required=True, help="the compiled `local`")
    parser.add_argument("--dir", type=Path, required=True, help="where the shop's data and logs go")
    asked = parser.parse_args()
    folder = asked.dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    shop, url = start_shop(asked.local, folder)
    try:
        token = seed(asked.local, folder, url)
        environment = for_sam(folder)
        invoke_each_kind(environment, url, token)
        buy_through_the_api(environment, folder, url, token)
    except Failed as failed:
        sys.exit(f"rehearsal: FAILED: {failed}")
    finally:
        end(shop)


if __name__ == "__main__":
    main()
