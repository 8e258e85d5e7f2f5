"""Commands for a client program, a line of JSON each, and its answers.

    {"do": "open", "port": 6002, "level": "privacy", ..}  ->  {"returned": {"connection": 0, "group": 7}}
    {"do": "bind", "connection": 0, "code_page": 1252}    ->  {"returned": {"status": 0, "guid": .., "handle": ..}}

An answer says what the server did: {"returned": ..}, {"fault": status}, {"nak": reason}, {"rejected": reason} or
{"closed": why}. Anything else, such as octets that the foreign program cannot decode, is {"error": traceback}: a test
must never take it for a refusal.
"""

import json
import sys
import traceback


class Refused(Exception):
    """What the server did in place of answering, as above."""

    def __init__(self, **how):
        super().__init__(how)
        self.how = how


def serve(driver, answers=sys.stdout):
    """Each command is a method of the driver; its parameters are the method's."""
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = {"returned": getattr(driver, command.pop("do"))(**command)}
        except Refused as refused:
            answer = refused.how
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)
