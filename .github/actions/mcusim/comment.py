"""Writes a summary into the one comment of a pull request that has our mark, with the runner's `gh`.

    python3 comment.py summary.md

The token of a pull request from a fork may only read: then nothing is written, and that is no failure.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

REFUSED = ("HTTP 403", "HTTP 401", "Resource not accessible by integration")


def main() -> int:
    """Create the comment, or replace the text of the one that is there."""
    event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    number = event.get("pull_request", {}).get("number")
    if number is None:
        print("::notice::this run belongs to no pull request, so nothing is commented")
        return 0
    summary = Path(sys.argv[1])
    if not summary.is_file():
        print("::notice::pytest did not begin, so there is no summary to comment")
        return 0
    mark = f"<!-- mcusim comment: {os.environ.get('COMMENT_KEY', 'mcusim')} -->"
    body = mark + "\n" + summary.read_text(encoding="utf-8")
    repository = os.environ["GITHUB_REPOSITORY"]
    author = os.environ.get("COMMENT_AUTHOR") or "github-actions[bot]"
    try:
        comments = pages(gh(f"repos/{repository}/issues/{number}/comments?per_page=100", "--paginate"))
        ours = [each["id"] for each in comments if is_ours(each, mark, author)]
        if ours:
            send(f"repos/{repository}/issues/comments/{ours[0]}", "PATCH", body)
        else:
            send(f"repos/{repository}/issues/{number}/comments", "POST", body)
    except subprocess.CalledProcessError as error:
        said = (error.stderr or "").strip()
        if any(each in said for each in REFUSED):
            print(
                "::notice::the token may not write comments (a fork's may not); the job summary has the table"
            )
            return 0
        print(f"::error::gh: {said}")
        return 1
    return 0


def is_ours(comment: dict, mark: str, author: str) -> bool:
    """It begins with our mark, and we wrote it: anybody can write the mark."""
    return (comment.get("body") or "").startswith(mark) and (comment.get("user") or {}).get("login") == author


def pages(text: str) -> list[dict]:
    """The items of JSON arrays that stand one behind the other, as --paginate prints them."""
    decoder, found, place = json.JSONDecoder(), [], 0
    while place < len(text):
        items, end = decoder.raw_decode(text, place)
        found += items
        place = end + len(text[end:]) - len(text[end:].lstrip())
    return found


def send(path: str, method: str, body: str) -> None:
    """Write a comment; its text goes through standard input, whatever it holds."""
    gh(path, "--method", method, "--input", "-", sent=json.dumps({"body": body}))


def gh(path: str, *options: str, sent: str | None = None) -> str:
    """What GitHub's command answers."""
    done = subprocess.run(
        ["gh", "api", path, *options], input=sent, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
