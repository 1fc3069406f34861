"""How JSON may be written down."""

import json
import re

from tests.building import Resource
from tests.fuzz.oddities import AGAIN, BARE

_BARE = re.compile(rf'"{BARE}([^"\\]*)"')


def written(made: Resource, way: str) -> bytes:
    """The bytes of ``made``: plain, wide, its letters as they are (``unicode``), or after a byte order mark."""
    text = json.dumps(made, indent=3 if way == "wide" else None, ensure_ascii=way != "unicode")
    text = _BARE.sub(r"\1", text).replace(f'{AGAIN}"', '"')
    encoded = text.encode("utf-8", "surrogatepass")
    return b"\xef\xbb\xbf" + encoded if way == "mark" else encoded
