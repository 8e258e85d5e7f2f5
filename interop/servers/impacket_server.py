"""An NSPI server made of impacket's DCERPCServer, which knows neither authentication nor NDR64, and one client at a time.

    impacket_server.py      prints `ready PORT`, and serves until it is killed
"""

import sys
from pathlib import Path

from impacket.dcerpc.v5 import nspi
from impacket.dcerpc.v5.dtypes import DWORD, NULL
from impacket.dcerpc.v5.rpcrt import DCERPCServer

sys.path.append(str(Path(__file__).parent.parent / "clients"))
import people
from impacket_nspi import fill_tags, put_value, read_tags


def handle_of(octets):
    handle = nspi.handle_t()
    handle.fromString(bytes(4) + octets)
    return handle


def bind(stub):
    nspi.NspiBind(stub)
    handle, answer = people.new_session(), nspi.NspiBindResponse()
    answer["pServerGuid"] = NULL if handle is None else people.GUID
    answer["contextHandle"] = handle_of(handle or bytes(16))
    answer["ErrorCode"] = people.LOGON_FAILED if handle is None else people.SUCCESS
    return answer.getData()


def unbind(stub):
    handle = nspi.NspiUnbind(stub)["contextHandle"].getData()
    people.sessions.discard(handle[4:])
    answer = nspi.NspiUnbindResponse()
    answer["contextHandle"] = handle_of(bytes(16))
    answer["ErrorCode"] = people.UNBOUND
    return answer.getData()


def stat(answer, request, place):
    for name, _ in nspi.STAT.structure:
        answer["pStat"][name] = request["pStat"][name]
    answer["pStat"]["Delta"] = 0
    answer["pStat"]["NumPos"] = place
    answer["pStat"]["TotalRecs"] = len(people.NAMES)


def update_stat(stub):
    request, answer = nspi.NspiUpdateStat(stub), nspi.NspiUpdateStatResponse()
    delta = request["pStat"]["Delta"]
    stat(answer, request, delta)
    answer["plDelta"] = delta
    answer["ErrorCode"] = people.SUCCESS
    return answer.getData()


def fill_rows(table, tags, numbers):
    for number in numbers:
        row = nspi.PropertyRow_r()
        row["cValues"] = len(tags)
        for tag in tags:
            value = nspi.PropertyValue_r()
            put_value(value, tag, people.text(tag, number))
            row["lpProps"].append(value)
        table["aRow"].append(row)
    table["cRows"] = len(numbers)


def query_rows(stub):
    request, answer = nspi.NspiQueryRows(stub), nspi.NspiQueryRowsResponse()
    numbers = range(len(people.NAMES))[: request["Count"]]
    stat(answer, request, len(numbers))
    fill_rows(answer["ppRows"], read_tags(request["pPropTags"]), numbers)
    answer["ErrorCode"] = people.SUCCESS
    return answer.getData()


def resolve_names(stub):
    request, answer = nspi.NspiResolveNamesW(stub), nspi.NspiResolveNamesWResponse()
    numbers = [people.found(name["Data"].rstrip("\0")) for name in request["paStr"]["Strings"]]
    outcomes = [people.UNRESOLVED if number is None else people.RESOLVED for number in numbers]
    fill_tags(answer.fields["ppMIds"].fields["Data"], outcomes)
    fill_rows(answer["ppRows"], read_tags(request["pPropTags"]), [number for number in numbers if number is not None])
    answer["ErrorCode"] = people.SUCCESS
    return answer.getData()


server = DCERPCServer()
server.addCallbacks(
    ("F5CC5A18-4264-101A-8C59-08002B2F8426", "56.0"), "nspi",
    {0: bind, 1: unbind, 2: update_stat, 3: query_rows, 20: resolve_names},
)
server._sock.listen(10)  # or it would only after it has said so
print("ready", server.getListenPort(), flush=True)
server.run()
