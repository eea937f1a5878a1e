"""Times airspeed on the cases: each template is read once, each body at every rendering."""

import json
import sys
import time

import airspeed

folder, seconds = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 2.0

ESCAPES = {'"': '\\"', "'": "\\'", "\\": "\\\\", "/": "\\/", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Util:
    def escapeJavaScript(self, text):
        return "".join(ESCAPES.get(sign, sign) for sign in str(text))


class Names(dict):
    def keySet(self):
        return list(self)

    def size(self):
        return len(self)


class Items(list):
    def size(self):
        return len(self)


def java(value):
    if isinstance(value, dict):
        return Names((name, java(member)) for name, member in value.items())
    if isinstance(value, list):
        return Items(java(item) for item in value)
    return value


class Input:
    def __init__(self, given):
        self.given = given
        self.all = java(given["params"])

    def path(self, _):
        return java(json.loads(self.given["body"]))

    def json(self, _):
        return json.dumps(json.loads(self.given["body"]))

    def params(self):
        return self.all


for name in ["put", "list", "params"]:
    with open(f"{folder}/{name}.vtl") as file:
        template = airspeed.Template(file.read())
    with open(f"{folder}/{name}.json") as file:
        given = json.load(file)

    def render():
        scope = {"input": Input(given), "util": Util(), "context": given["context"], "stageVariables": given["stageVariables"]}
        return template.merge(scope)

    json.loads(render())
    count, begin, spent = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - begin < seconds:
        render()
        count += 1
    print(f"airspeed {name} {(time.process_time() - spent) / count * 1e6:.1f}")
