"""impacket as a client of NSPI, by commands of a line each: see commands.py."""

import contextlib
import datetime
import socket
import struct
import types

from impacket.dcerpc.v5 import epm, mgmt, nspi, rpcrt
from impacket.dcerpc.v5.dtypes import NULL
from impacket.krb5 import kerberosv5
from impacket.uuid import bin_to_string, uuidtup_to_bin

from commands import serve
from impacket_nspi import (
    GetIDsFromNames, GetMatches, GetProps, GetSpecialTable, ModProps, ResortRestriction, SeekEntries, context_handle,
    fill_tags, make_stat, put_octet_strings, put_restriction, put_tags, put_value, read_rows, read_stat, read_tags,
)
from impacket_wire import LEVELS, TIMEOUT, Association, Wire

INTERFACES = {"nspi": nspi.MSRPC_UUID_NSPI, "mgmt": mgmt.MSRPC_UUID_MGMT, "epm": epm.MSRPC_UUID_PORTMAP}
MECHANISMS = {"ntlm": rpcrt.RPC_C_AUTHN_WINNT, "negotiate-kerberos": rpcrt.RPC_C_AUTHN_GSS_NEGOTIATE}
KDC = "127.0.0.1"


@contextlib.contextmanager
def wrong_clock(skew):
    """impacket's idea of the time, wrong by so many seconds."""
    right = kerberosv5.datetime

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, zone=None):
            return right.datetime.now(zone) + datetime.timedelta(seconds=skew)

    kerberosv5.datetime = types.SimpleNamespace(
        datetime=Clock, timedelta=datetime.timedelta, timezone=datetime.timezone
    )
    try:
        yield
    finally:
        kerberosv5.datetime = right


class Driver:
    """The commands."""

    def __init__(self):
        self.connections = []

    def open(
        self, port, user="", password="", domain="", level="none", group=0, max_fragment=None, interface="nspi",
        mechanism="ntlm", target=None, skew=0, syntax="ndr20", big_endian=False,
    ):
        """Connects, and binds an interface; authenticates by NTLM unless the level is none, or by Kerberos within SPNEGO,
        with the ticket for `target` of the cache KRB5CCNAME, and a clock that is `skew` seconds wrong."""
        assert (syntax, big_endian) == ("ndr20", False) and mechanism in MECHANISMS, "impacket has no other"
        rpc = Association(Wire(port, group))
        rpc.wire.set_credentials(user, password, domain)
        rpc.packet = level == "packet"
        if level != "none":
            rpc.set_auth_type(MECHANISMS[mechanism])
            rpc.set_auth_level(LEVELS["integrity" if rpc.packet else level])
        if max_fragment:
            rpc.set_max_fragment_size(max_fragment)
        if target:
            rpc.wire.setRemoteName(target)
            rpc.wire.set_kerberos(True, KDC)
        rpc.connect()
        with wrong_clock(skew):
            ack = rpc.bind(INTERFACES.get(interface) or uuidtup_to_bin((interface, "1.0")))
        self.connections.append(rpc)
        return {"connection": len(self.connections) - 1, "group": struct.unpack_from("<L", ack.getData(), 20)[0]}

    def parrot(self, of, port):
        """Says on a connection of its own, PDU by PDU, what another one has said. Answers with the types of the PDUs that
        come back, and what became of the connection."""
        answers = []
        with socket.create_connection(("127.0.0.1", port), TIMEOUT) as stream:
            for pdu in self.connections[of].wire.said:
                try:
                    stream.sendall(pdu)
                    header = stream.recv(16, socket.MSG_WAITALL)
                    if len(header) < 16:
                        break
                    stream.recv(struct.unpack_from("<H", header, 8)[0] - 16, socket.MSG_WAITALL)
                except ConnectionError:
                    break
                answers.append(header[2])
        return answers

    def alter(self, connection, interface="nspi"):
        """alter_context: one more presentation context, and a security context of its own, on the same TCP connection.
        Answers with the number of what behaves as a connection of its own; both must not be used at once."""
        rpc = self.connections[connection].alter_ctx(INTERFACES[interface])
        self.connections.append(rpc)
        return {"connection": len(self.connections) - 1, "group": 0}

    def close(self, connection, reset=False):
        """Closes the socket: with FIN, or with RST."""
        if reset:
            self.connections[connection].wire.get_socket().setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
        self.connections[connection].wire.get_socket().close()
        return {}

    def tamper(self, connection, at):
        """The lowest bit of an octet of the next PDU will be another one."""
        self.connections[connection].wire.flip = at
        return {}

    def lose(self, connection, opnum, stub):
        """A call that is made, and signed, but never sent."""
        self.connections[connection].wire.withheld = True
        self.connections[connection].call(opnum, bytes.fromhex(stub))
        return {}

    def replay(self, connection, of):
        """Sends the last call of another connection, or of this one, as it was."""
        wire = self.connections[connection].wire
        for pdu in list(self.connections[of].wire.sent):
            wire.send(pdu)
        return {"stub": self.connections[connection].recv().hex()}

    def call(self, connection, opnum, stub):
        """Any stub to any operation."""
        rpc = self.connections[connection]
        rpc.call(opnum, bytes.fromhex(stub))
        return {"stub": rpc.recv().hex(), "fragments": len(self.connections[connection].wire.sent)}

    def bind(self, connection, code_page=1252):
        request = nspi.NspiBind()
        request["pStat"]["CodePage"] = code_page
        request["pServerGuid"] = b"\0" * 16
        answer = self.connections[connection].request(request, checkError=False)
        guid = answer["pServerGuid"]
        return {
            "status": answer["ErrorCode"],
            "guid": bin_to_string(guid) if guid else None,
            "handle": answer["contextHandle"].getData().hex(),
        }

    def unbind(self, connection, handle):
        answer = nspi.hNspiUnbind(self.connections[connection], context_handle(handle))
        return {"status": answer["ErrorCode"], "handle": answer["contextHandle"].getData().hex()}

    def update_stat(self, connection, handle, stat):
        answer = nspi.hNspiUpdateStat(self.connections[connection], context_handle(handle), make_stat(stat), 0)
        return {"status": answer["ErrorCode"], "stat": read_stat(answer["pStat"]), "delta": answer["plDelta"]}

    def query_rows(self, connection, handle, stat, count, tags, table=()):
        """Unicode rows; impacket's helper sends the flag fSkipObjects, and max_count as the server wants it."""
        try:
            answer = nspi.hNspiQueryRows(
                self.connections[connection], context_handle(handle), 0, make_stat(stat), 0, count, tags, lpETable=list(table)
            )
        except nspi.DCERPCSessionError as reason:
            return {"status": reason.error_code, "stat": None, "rows": None}
        rows = read_rows(answer["ppRows"]["aRow"])
        return {"status": answer["ErrorCode"], "stat": read_stat(answer["pStat"]), "rows": rows}

    def special_table(self, connection, handle, flags, version=0):
        request = GetSpecialTable()
        request["hRpc"] = context_handle(handle)
        request["dwFlags"] = flags
        request["pStat"] = make_stat({})
        request["lpVersion"] = version
        answer = self.connections[connection].request(request, checkError=False)
        rows = read_rows(answer["ppRows"]["aRow"])
        return {"status": answer["ErrorCode"], "version": answer["lpVersion"], "rows": rows}

    def props(self, connection, handle, stat, tags=None, flags=0):
        request = GetProps()
        request["hRpc"] = context_handle(handle)
        request["dwFlags"] = flags
        request["pStat"] = make_stat(stat)
        put_tags(request, "pPropTags", tags)
        answer = self.connections[connection].request(request, checkError=False)
        row = read_rows([answer["ppRows"]])[0] if answer["ppRows"] else None
        return {"status": answer["ErrorCode"], "row": row}

    def prop_list(self, connection, handle, id, code_page, flags=0):
        request = nspi.NspiGetPropList()
        request["hRpc"] = context_handle(handle)
        request["dwFlags"], request["dwMId"], request["CodePage"] = flags, id, code_page
        answer = self.connections[connection].request(request, checkError=False)
        return {"status": answer["ErrorCode"], "tags": read_tags(answer["ppOutMIds"])}

    def query_columns(self, connection, handle, flags):
        answer = nspi.hNspiQueryColumns(self.connections[connection], context_handle(handle), flags)
        return {"status": answer["ErrorCode"], "tags": read_tags(answer["ppColumns"])}

    def compare(self, connection, handle, stat, one, other):
        request = nspi.NspiCompareMIds()
        request["hRpc"] = context_handle(handle)
        request["pStat"] = make_stat(stat)
        request["MId1"], request["MId2"] = one, other
        answer = self.connections[connection].request(request, checkError=False)
        return {"status": answer["ErrorCode"], "result": answer["plResult"]}

    def ids(self, connection, handle, names):
        answer = nspi.hNspiDNToMId(self.connections[connection], context_handle(handle), names)
        return {"status": answer["ErrorCode"], "ids": read_tags(answer["ppOutMIds"])}

    def resolve(self, connection, handle, stat, names, tags, wide=True):
        request = nspi.NspiResolveNamesW() if wide else nspi.NspiResolveNames()
        request["hRpc"] = context_handle(handle)
        request["pStat"] = make_stat(stat)
        put_tags(request, "pPropTags", tags)
        for name in names:
            text = nspi.LPWSTR() if wide else nspi.LPSTR()
            text["Data"] = name + "\0"
            request["paStr"]["Strings"].append(text)
        request["paStr"]["Count"] = len(names)
        answer = self.connections[connection].request(request, checkError=False)
        rows = read_rows(answer["ppRows"]["aRow"]) if answer["ppRows"] else None
        return {"status": answer["ErrorCode"], "ids": read_tags(answer["ppMIds"]), "rows": rows}

    def seek(self, connection, handle, stat, target, tags=None, table=None):
        request = SeekEntries()
        request["hRpc"] = context_handle(handle)
        request["pStat"] = make_stat(stat)
        put_value(request["pTarget"], 0x3001001F, target)
        put_tags(request, "lpETable", table)
        put_tags(request, "pPropTags", tags)
        answer = self.connections[connection].request(request, checkError=False)
        rows = read_rows(answer["ppRows"]["aRow"]) if answer["ppRows"] else None
        return {"status": answer["ErrorCode"], "stat": read_stat(answer["pStat"]), "rows": rows}

    def matches(self, connection, handle, stat, filter, requested, tags=None):
        """`filter`: [arm, field, ..] as in `put_restriction`, or nothing."""
        request = GetMatches()
        request["hRpc"] = context_handle(handle)
        request["pStat"] = make_stat(stat)
        request["pReserved"], request["lpPropName"] = NULL, NULL
        if filter is None:
            request["Filter"] = NULL
        else:
            put_restriction(request["Filter"], filter)
        request["ulRequested"] = requested
        put_tags(request, "pPropTags", tags)
        answer = self.connections[connection].request(request, checkError=False)
        rows = read_rows(answer["ppRows"]["aRow"]) if answer["ppRows"] else None
        ids = read_tags(answer["ppOutMIds"])
        return {"status": answer["ErrorCode"], "stat": read_stat(answer["pStat"]), "ids": ids, "rows": rows}

    def resort(self, connection, handle, stat, table):
        request = ResortRestriction()
        request["hRpc"] = context_handle(handle)
        request["pStat"] = make_stat(stat)
        fill_tags(request.fields["pInMIds"], table)
        request["ppOutMIds"] = NULL
        answer = self.connections[connection].request(request, checkError=False)
        ids = read_tags(answer["ppOutMIds"])
        return {"status": answer["ErrorCode"], "stat": read_stat(answer["pStat"]), "ids": ids}

    def template(self, connection, handle, type, flags, locale=1033):
        request = nspi.NspiGetTemplateInfo()
        request["hRpc"] = context_handle(handle)
        request["dwFlags"], request["ulType"], request["pDN"] = flags, type, NULL
        request["dwCodePage"], request["dwLocaleID"] = 1252, locale
        answer = self.connections[connection].request(request, checkError=False)
        row = read_rows([answer["ppData"]])[0] if answer["ppData"] else None
        return {"status": answer["ErrorCode"], "row": row}

    def mod_props(self, connection, handle, stat, tag, value):
        """Sets one property to text or octet strings; to nothing, it loses what it has."""
        request = ModProps()
        request["hRpc"] = context_handle(handle)
        request["pStat"] = make_stat(stat)
        put_tags(request, "pPropTags", [tag])
        if value is None:
            request["pRow"]["lpProps"] = NULL
        else:
            content = nspi.PropertyValue_r()
            put_value(content, tag, value)
            request["pRow"]["cValues"] = 1
            request["pRow"]["lpProps"].append(content)
        return {"status": self.connections[connection].request(request, checkError=False)["ErrorCode"]}

    def mod_link_att(self, connection, handle, id, tag, entry_ids, flags=0):
        request = nspi.NspiModLinkAtt()
        request["hRpc"] = context_handle(handle)
        request["dwFlags"], request["ulPropTag"], request["dwMId"] = flags, tag, id
        put_octet_strings(request["lpEntryIds"], entry_ids)
        return {"status": self.connections[connection].request(request, checkError=False)["ErrorCode"]}

    def names_from_ids(self, connection, handle, tags):
        """Of any property set; names are numbers here."""
        request = nspi.NspiGetNamesFromIDs()
        request["hRpc"] = context_handle(handle)
        request["lpguid"] = NULL
        put_tags(request, "pPropTags", tags)
        answer = self.connections[connection].request(request, checkError=False)
        names = answer["ppNames"]
        return {
            "status": answer["ErrorCode"],
            "tags": read_tags(answer["ppReturnedPropTags"]),
            "names": [name["lID"] for name in names["aulPropTag"]] if names else None,
        }

    def ids_from_names(self, connection, handle, names):
        """Of no property set; names are numbers here."""
        request = GetIDsFromNames()
        request["hRpc"] = context_handle(handle)
        request["dwFlags"], request["cPropNames"] = 0, len(names)
        for number in names:
            name = nspi.PPropertyName_r()
            name["lpguid"], name["ulReserved"], name["lID"] = NULL, 0, number
            request["pNames"].append(name)
        answer = self.connections[connection].request(request, checkError=False)
        return {"status": answer["ErrorCode"], "tags": read_tags(answer["ppPropTags"])}

    def map(self, port, protocol="ncacn_ip_tcp"):
        """Where NSPI is, by impacket's own look-up."""
        rpc = self.mapper(port)
        try:
            binding = epm.hept_map("127.0.0.1", nspi.MSRPC_UUID_NSPI, protocol=protocol, dce=rpc)
            return {"status": 0, "binding": binding}
        except rpcrt.DCERPCException as reason:
            return {"status": reason.error_code, "binding": None}

    def lookup(self, port):
        """Everything that is registered, as rpcdump.py asks for it."""
        return {
            "entries": [
                {
                    "interface": str(entry["tower"]["Floors"][0]).lower(),
                    "annotation": entry["annotation"][:-1].decode(),
                    "binding": epm.PrintStringBinding(entry["tower"]["Floors"]),
                }
                for entry in epm.hept_lookup(None, dce=self.mapper(port))
            ]
        }

    def lookup_in_steps(self, port, step):
        """The same in several calls, as many entries each: how many entries each call gave, and its status."""
        rpc = self.mapper(port)
        rpc.bind(epm.MSRPC_UUID_PORTMAP)
        calls, handle = [], epm.ept_lookup_handle_t()
        while True:
            request = epm.ept_lookup()
            request["object"], request["Ifid"] = NULL, NULL
            request["vers_option"], request["max_ents"] = 1, step
            request["entry_handle"] = handle
            answer = rpc.request(request, checkError=False)
            calls.append([answer["num_ents"], answer["status"]])
            handle = answer["entry_handle"]
            if handle.isNull():
                return {"calls": calls}

    def mapper(self, port):
        rpc = Association(Wire(port))
        rpc.connect()
        return rpc

    def manage(self, connection):
        """Remote management, as rpcmap.py asks, and the rest of it."""
        rpc = self.connections[connection]
        ids = mgmt.hinq_if_ids(rpc)["if_id_vector"]["if_id"]
        return {
            "interfaces": sorted(
                "%s v%d.%d" % (bin_to_string(id["Data"]["Uuid"]).lower(), id["Data"]["VersMajor"], id["Data"]["VersMinor"])
                for id in ids
            ),
            "statistics": list(mgmt.hinq_stats(rpc)["statistics"]),
            "listening": mgmt.his_server_listening(rpc)["status"],
            "principal": b"".join(mgmt.hinq_princ_name(rpc, 10, 100)["princ_name"]).decode(),
            "stopped": rpc.request(mgmt.stop_server_listening(), checkError=False)["status"],
        }


serve(Driver())
