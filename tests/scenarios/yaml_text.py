"""JSON is YAML: a plain way to write a scenario file."""

import json


def dump(content):
    return json.dumps(content, ensure_ascii=False, indent=1)
