"""dpapi-ng's client of DCE/RPC, over pyspnego, as a client of NSPI, by commands of a line each: see commands.py.

It was written for domain controllers of Windows alone, and talks as Windows' own clients do: bind-time features in a context
of their own, the last token in alter_context, stubs padded to 16, a security verification trailer. pyspnego's NTLM and SPNEGO
check the server's signatures. It has level privacy and nothing else, and no NSPI; stubs.py makes the stubs.
"""

import re
import uuid

from dpapi_ng import _rpc as rpc

import stubs
from commands import Refused, serve

NSPI = rpc.SyntaxId(uuid.UUID("f5cc5a18-4264-101a-8c59-08002b2f8426"), 56, 0)
SYNTAXES = {"ndr20": rpc.NDR, "ndr64": rpc.NDR64}
CONTEXT, FEATURES, CALL_ID = 0, 1, 1  # it gives every call the same number
REFUSALS = {"BindNack with reason": "nak", "Fault with status": "fault"}


def asked(what, *arguments, **more):
    """What dpapi-ng returns, or how the server refused."""
    try:
        return what(*arguments, **more)
    except ValueError as reason:
        for words, kind in REFUSALS.items():
            if number := re.search(words + " 0x([0-9A-F]{8})", str(reason)):
                raise Refused(**{kind: int(number[1], 16)})
        raise
    except ConnectionError as reason:
        raise Refused(closed=str(reason))


class Socket:
    """A socket whose end can be told from an answer."""

    def __init__(self, socket):
        self.socket = socket

    def __getattr__(self, name):
        return getattr(self.socket, name)

    def recv(self, count):
        octets = self.socket.recv(count)
        if not octets:
            raise ConnectionError("end of stream")
        return octets


class Driver:
    """The commands."""

    def __init__(self):
        self.connections = []

    def open(self, port, user="", password="", domain="", level="privacy", mechanism="ntlm", syntax="ndr20", **_):
        """Connects, binds NSPI, and authenticates. `mechanism`: ntlm or negotiate."""
        assert level == "privacy"
        client = rpc.create_rpc_connection("127.0.0.1", port, 20, f"{domain}\\{user}", password, mechanism)
        client._sock = Socket(client._sock)
        contexts = [
            rpc.ContextElement(CONTEXT, NSPI, [SYNTAXES[syntax]]),
            rpc.ContextElement(FEATURES, NSPI, [rpc.bind_time_feature_negotiation()]),
        ]
        ack = asked(client.bind, contexts)
        accepted, features = (result.result for result in ack.results)
        assert features == rpc.ContextResultCode.NEGOTIATE_ACK, "the server has the features of Windows"
        if accepted != rpc.ContextResultCode.ACCEPTANCE:
            raise Refused(rejected=ack.results[CONTEXT].reason)
        assert client._sign_header, "the server takes up header signing where it is offered"
        self.connections.append((client, syntax))
        return {"connection": len(self.connections) - 1, "group": ack.assoc_group}

    def call(self, connection, name, **parameters):
        client, syntax = self.connections[connection]
        ndr64 = syntax == "ndr64"
        opnum, stub = getattr(stubs, name)(stubs.Writer(ndr64), **parameters)
        end = rpc.CommandFlags.SEC_VT_COMMAND_END
        trailer = rpc.VerificationTrailer([
            rpc.CommandPContext(rpc.CommandFlags.NONE, NSPI, SYNTAXES[syntax]),
            rpc.CommandHeader2(end, rpc.PacketType.REQUEST, rpc.DataRep(), CALL_ID, CONTEXT, opnum),
        ])
        answer = asked(client.request, CONTEXT, opnum, stub, verification_trailer=trailer)
        stub = answer.stub_data
        return getattr(stubs, "read_" + name)(stubs.Reader(stub[: len(stub) - answer.sec_trailer.pad_length], ndr64))

    def bind(self, connection, code_page=1252):
        return self.call(connection, "bind", code_page=code_page)

    def unbind(self, connection, handle):
        return self.call(connection, "unbind", handle=handle)

    def update_stat(self, connection, handle, stat):
        return self.call(connection, "update_stat", handle=handle, stat=stat)

    def query_rows(self, connection, handle, stat, count, tags):
        return self.call(connection, "query_rows", handle=handle, stat=stat, count=count, tags=tags)

    def close(self, connection):
        self.connections[connection][0].close()
        return {}


serve(Driver())
