"""aiowmi's client of DCE/RPC as a client of NSPI, by commands of a line each: see commands.py.

It was written to watch Windows, and asks its interfaces over port 135 and the ports found there. NTLM, SPNEGO and Kerberos are its
own, as is the RPC. It has level privacy and nothing else, 4,280 octets a fragment, and repeats the whole context list, and
more, in alter_context; stubs.py makes the stubs of NSPI. Two mends: what ends with anything but 0 is no exception of WMI's,
and the status of a fault is read where it stands [C706 12.6.4.7].
"""

import asyncio
import os
import uuid

from aiowmi.connection import Connection
from aiowmi.dcom import Dcom
from aiowmi.rpc.auth_verifier_co import RpcAuthVerifierCo
from aiowmi.rpc.const import MSRPC_FAULT, RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_AUTHN_WINNT
from aiowmi.rpc.fault import RpcFault
from aiowmi.rpc.request import RpcRequest
from aiowmi.rpc.response import RpcResponse
from impacket.krb5.ccache import CCache

import stubs
from commands import Refused, serve

NSPI = uuid.UUID("f5cc5a18-4264-101a-8c59-08002b2f8426").bytes_le + (56).to_bytes(4, "little")
CONTEXTS = {"ntlm": 4242, "negotiate-kerberos": 79231}  # its own numbers of the security context


class Fault(RpcFault):
    """A fault that follows a request: aiowmi hands over the first 24 octets, and the rest as if it were a stub."""

    def throw(self):
        rest = getattr(self, "_pdu_data_list", None)
        raise Refused(fault=int.from_bytes(rest[0][0][:4], "little") if rest else self.status)


Dcom._DCOM_RPC_MAP[MSRPC_FAULT] = Fault


def ticket_of(cache, service):
    """From a cache of MIT's: ticket, session key, its type, and no end. aiowmi's own requests for tickets are refused by Samba's
    KDC (KRB_AP_ERR_INAPP_CKSUM)."""
    credential = CCache.loadFile(cache).getCredential(service, anySPN=False)
    key = credential["key"]
    return credential.ticket["data"], key["keyvalue"], key["keytype"], 0


def unsealed(answer, protocol):
    """The stub of an answer, as RpcResponse.get_message has it."""
    stub = b""
    for octets, length in answer.get_pdu_data_list():
        end = length - answer.rpc_common.auth_length - RpcAuthVerifierCo.SIZE
        verifier = RpcAuthVerifierCo(octets, answer.rpc_common.auth_length, end)
        sealed = octets[:end]
        if verifier.auth_type == RPC_C_AUTHN_WINNT:
            plain, _ = protocol._server_seal(protocol._flags, protocol._dcom._seq_num, sealed, sealed)
        else:
            plain = protocol._server_seal(cipher_text=sealed, auth_data=verifier.auth_value)
        stub += plain[: len(plain) - verifier.auth_pad_length]
    return stub


class Driver:
    """The commands."""

    def __init__(self):
        self.connections, loop = [], asyncio.new_event_loop()
        self.loop, self.run = loop, loop.run_until_complete

    def open(self, port, user="", password="", domain="", level="privacy", mechanism="ntlm", syntax="ndr20", target=None, **_):
        """Connects, binds NSPI, and authenticates; by Kerberos with the ticket for `target` of the cache KRB5CCNAME."""
        assert (level, syntax) == ("privacy", "ndr20")
        connection = Connection("127.0.0.1", user, password, domain, port, loop=self.loop)
        self.run(connection.connect())
        protocol = connection._protocol
        protocol._auth_level, protocol._context_id = RPC_C_AUTHN_LEVEL_PKT_PRIVACY, CONTEXTS[mechanism]
        if mechanism == "ntlm":
            self.run(connection._bind_ntlm(NSPI, protocol))
        else:
            connection._tgs = ticket_of(os.environ["KRB5CCNAME"], f"host/{target}@{domain}")
            self.run(connection._bind_kerberos(NSPI, protocol))
        self.connections.append(protocol)
        return {"connection": len(self.connections) - 1, "group": 0}

    def call(self, connection, name, **parameters):
        protocol = self.connections[connection]
        opnum, stub = getattr(stubs, name)(stubs.Writer(), **parameters)
        request = RpcRequest(opnum)
        request.set_pdu_data(stub)
        sealed = request.seal_data(protocol)
        answer = self.run(protocol.get_dcom_response(sealed, size=RpcResponse.SIZE))
        return getattr(stubs, "read_" + name)(stubs.Reader(unsealed(answer, protocol)))

    def bind(self, connection, code_page=1252):
        return self.call(connection, "bind", code_page=code_page)

    def unbind(self, connection, handle):
        return self.call(connection, "unbind", handle=handle)

    def update_stat(self, connection, handle, stat):
        return self.call(connection, "update_stat", handle=handle, stat=stat)

    def query_rows(self, connection, handle, stat, count, tags):
        return self.call(connection, "query_rows", handle=handle, stat=stat, count=count, tags=tags)


serve(Driver())
