"""The functions that every expression may call, by name: JSONata's own without $eval, and those of Step Functions."""

from __future__ import annotations

from collections.abc import Callable

from asl.running.jsonata import arrays, dates, integers, numbers, pictures, stepfunctions, strings
from asl.running.jsonata.calling import Native
from asl.running.jsonata.values import Value

_PLAIN: dict[str, tuple[Callable[..., Value], str, int]] = {
    "sum": (numbers.total, "<a<n>:n>", 1),
    "count": (arrays.count, "<a:n>", 1),
    "max": (numbers.highest, "<a<n>:n>", 1),
    "min": (numbers.lowest, "<a<n>:n>", 1),
    "average": (numbers.average, "<a<n>:n>", 1),
    "string": (strings.string, "<x-b?:s>", 1),
    "substring": (strings.substring, "<s-nn?:s>", 3),
    "substringBefore": (strings.substring_before, "<s-s:s>", 2),
    "substringAfter": (strings.substring_after, "<s-s:s>", 2),
    "lowercase": (strings.lowercase, "<s-:s>", 1),
    "uppercase": (strings.uppercase, "<s-:s>", 1),
    "length": (strings.length, "<s-:n>", 1),
    "trim": (strings.trim, "<s-:s>", 1),
    "pad": (strings.pad, "<s-ns?:s>", 3),
    "join": (strings.join, "<a<s>s?:s>", 2),
    "base64encode": (strings.base64_encode, "<s-:s>", 1),
    "base64decode": (strings.base64_decode, "<s-:s>", 1),
    "encodeUrlComponent": (strings.encode_url_component, "<s-:s>", 1),
    "encodeUrl": (strings.encode_url, "<s-:s>", 1),
    "decodeUrlComponent": (strings.decode_url_component, "<s-:s>", 1),
    "decodeUrl": (strings.decode_url, "<s-:s>", 1),
    "formatNumber": (pictures.format_number, "<n-so?:s>", 3),
    "formatBase": (numbers.format_base, "<n-n?:s>", 2),
    "formatInteger": (integers.format_integer, "<n-s:s>", 2),
    "parseInteger": (integers.parse_integer, "<s-s:n>", 2),
    "number": (numbers.to_number, "<(nsb)-:n>", 1),
    "floor": (numbers.floor, "<n-:n>", 1),
    "ceil": (numbers.ceil, "<n-:n>", 1),
    "round": (numbers.to_round, "<n-n?:n>", 2),
    "abs": (numbers.absolute, "<n-:n>", 1),
    "sqrt": (numbers.square_root, "<n-:n>", 1),
    "power": (numbers.power, "<n-n:n>", 2),
    "boolean": (numbers.to_boolean, "<x-:b>", 1),
    "not": (numbers.negation, "<x-:b>", 1),
    "zip": (arrays.zipped, "<a+>", 0),
    "keys": (arrays.keys, "<x-:a<s>>", 1),
    "lookup": (arrays.lookup, "<x-s:x>", 2),
    "append": (arrays.append, "<xx:a>", 2),
    "exists": (arrays.exists, "<x:b>", 1),
    "spread": (arrays.spread, "<x-:a<o>>", 1),
    "merge": (arrays.merge, "<a<o>:o>", 1),
    "reverse": (arrays.backwards, "<a:a>", 1),
    "error": (arrays.failure, "<s?:x>", 1),
    "assert": (arrays.ensure, "<bs?:x>", 2),
    "type": (arrays.kind, "<x:s>", 1),
    "distinct": (arrays.distinct, "<x:x>", 1),
    "clone": (arrays.cloned, "<(oa)-:o>", 1),
    "fromMillis": (dates.from_millis, "<n-s?s?:s>", 3),
    "partition": (stepfunctions.partition, "<an?:a>", 2),
    "range": (stepfunctions.ranged, "<nnn?:a>", 3),
    "hash": (stepfunctions.hashed, "<s-s?:s>", 2),
    "parse": (stepfunctions.parsed, "<s-:x>", 1),
}
_WITH_EVALUATION: dict[str, tuple[Callable[..., Value], str, int]] = {
    "match": (strings.match, "<s-f<s:o>n?:a<o>>", 3),
    "contains": (strings.contains, "<s-(sf):b>", 2),
    "replace": (strings.replace, "<s-(sf)(sf)n?:s>", 4),
    "split": (strings.split, "<s-(sf)n?:a<s>>", 3),
    "map": (arrays.mapped, "<af>", 2),
    "filter": (arrays.filtered, "<af>", 2),
    "single": (arrays.single, "<af?>", 2),
    "reduce": (arrays.reduced, "<afj?:j>", 3),
    "sift": (arrays.sifted, "<o-f?:o>", 2),
    "each": (arrays.each, "<o-f:a>", 2),
    "sort": (arrays.ordered, "<af?:a>", 2),
    "shuffle": (arrays.shuffled, "<a:a>", 1),
    "toMillis": (dates.to_millis, "<s-s?:n>", 2),
    "now": (dates.now, "<s?s?:s>", 2),
    "millis": (dates.millis, "<:n>", 0),
    "random": (stepfunctions.random_number, "<n?:n>", 1),
    "uuid": (stepfunctions.uuid, "<:s>", 0),
}

LIBRARY: dict[str, Native] = {
    **{name: Native(*row, evaluation=False) for name, row in _PLAIN.items()},
    **{name: Native(*row, evaluation=True) for name, row in _WITH_EVALUATION.items()},
}
