"""A form with a file, as `multipart/form-data` (RFC 7578). All other bodies of the API are JSON.

Room: _wire. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256


def multipart(fields: Mapping[str, str], file: bytes) -> tuple[str, bytes]:
    """Write fields and a file called `file`; return the content type and the body.

    The boundary is a digest of the file, so equal forms have equal bodies, and no file contains its boundary.
    """
    boundary = f"woowup-{sha256(file).hexdigest()[:32]}"
    parts = [_part(f'name="{name}"', "", value.encode()) for name, value in fields.items()]
    parts.append(_part('name="file"; filename="values.txt"', "Content-Type: text/plain; charset=utf-8\r\n", file))
    mark = f"--{boundary}\r\n".encode()
    body = b"".join(mark + part for part in parts) + f"--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body


def _part(disposition: str, header: str, content: bytes) -> bytes:
    return f"Content-Disposition: form-data; {disposition}\r\n{header}\r\n".encode() + content + b"\r\n"
