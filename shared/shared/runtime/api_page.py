"""The API's page for people: made from the OpenAPI document, without any script or foreign host."""

import json
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment

CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430}
summary{cursor:pointer;padding:.4rem 0} code,pre{font-family:ui-monospace,monospace}
pre{background:#f3f5f8;padding:.8rem;overflow:auto} b{display:inline-block;min-width:4.5rem}
table{border-collapse:collapse} td,th{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}
details{border-bottom:1px solid #dde2ea}
</style></head><body>
<h1>{{ title }}</h1><p>{{ description }} The same as data: <a href="openapi.json">openapi.json</a>.</p>
<h2>Routes</h2>
{% for method, path, operation in operations %}
<details><summary><b>{{ method }}</b> <code>{{ path }}</code> {{ operation.summary }}</summary>
{% if operation.description %}<p>{{ operation.description }}</p>{% endif %}
{% if operation.parameters %}<table><tr><th>Parameter</th><th>In</th><th>Type</th></tr>
{% for p in operation.parameters %}<tr><td><code>{{ p.name }}</code>{{ " (required)" if p.required }}</td>
<td>{{ p["in"] }}</td><td><code>{{ p.schema | compact }}</code></td></tr>{% endfor %}</table>{% endif %}
{% if operation.requestBody %}<p>Body</p><pre>{{ operation.requestBody.content | pretty }}</pre>{% endif %}
<table>{% for status, response in operation.responses.items() | sort %}
<tr><td>{{ status }}</td><td>{{ response.description }}</td></tr>{% endfor %}</table></details>
{% endfor %}
<h2>Schemas</h2>
{% for name, schema in schemas.items() %}
<details><summary><code>{{ name }}</code></summary><pre>{{ schema | pretty }}</pre></details>
{% endfor %}
</body></html>
"""
_METHODS = ("get", "post", "put", "patch", "delete")


def render(document: Mapping[str, Any]) -> str:
    """The page of an OpenAPI document."""
    operations = [
        (method.upper(), path, item[method])
        for path, item in document.get("paths", {}).items()
        for method in _METHODS
        if method in item
    ]
    return _TEMPLATE.render(
        title=document["info"]["title"],
        description=document["info"].get("description", ""),
        operations=operations,
        schemas=document.get("components", {}).get("schemas", {}),
    )


_environment = Environment(autoescape=True)
_environment.filters["pretty"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)
_environment.filters["compact"] = lambda value: json.dumps(value, ensure_ascii=False)
_TEMPLATE = _environment.from_string(_PAGE)
