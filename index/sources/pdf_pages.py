"""PDF on standard input → JSON on standard output. A program of its own, for one file, within limits.

A few kilobytes of PDF can ask for hours and gigabytes, so index/sources/pdf.py runs this beside itself. It imports
nothing of this project.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
from io import BytesIO
from typing import Any

MAX_PAGES = 200
MAX_CHARS = 2_000_000
MEMORY_BYTES = 1_500_000_000
CPU_SECONDS = 30


def read(content: bytes) -> dict[str, Any]:
    """What a PDF says: "pages" (their texts), "title", "author", "created", "cut"; or "error"."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"error": "it is protected by a password"}
        pages: list[str] = []
        left, count = MAX_CHARS, len(reader.pages)
        for number in range(min(count, MAX_PAGES)):
            text = reader.pages[number].extract_text()
            pages.append(text[:left])
            left -= len(pages[-1])
            if left <= 0:
                break
        said = reader.metadata or {}
        names = {"title": "/Title", "author": "/Author", "created": "/CreationDate"}
        facts = {name: str(said.get(key) or "")[:1_000] for name, key in names.items()}
    except MemoryError:
        return {"error": "it needs too much memory"}
    except RecursionError:
        return {"error": "it is nested too deeply"}
    # pypdf meets broken files with whatever its code happens to raise.
    except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, OSError, ArithmeticError) as e:
        return {"error": f"it is damaged ({type(e).__name__})"}
    return {"pages": pages, **facts, "cut": len(pages) < count or left <= 0}


def main() -> None:
    """Read one file within the limits."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    if sys.platform != "darwin":  # where it is not kept to
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    logging.disable(logging.CRITICAL)
    sys.stdout.write(json.dumps(read(sys.stdin.buffer.read())))


if __name__ == "__main__":
    main()
