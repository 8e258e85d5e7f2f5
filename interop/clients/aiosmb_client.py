"""aiosmb's client of DCE/RPC as a client of NSPI, by commands of a line each: see commands.py.

Its RPC descends from impacket's; NTLM, SPNEGO and Kerberos do not (asyauth, minikerberos). Calls are protected at levels integrity
and privacy, with Kerberos at privacy alone; it believes any signature of the server's. stubs.py makes the stubs of NSPI. Two
mends: Kerberos asks a ticket for the service that is named, and none by itself, since Samba's KDC refuses its requests
(KRB_AP_ERR_INAPP_CKSUM).
"""

import asyncio
import os

from aiosmb.dcerpc.v5.common.connection.authentication import DCERPCAuth
from aiosmb.dcerpc.v5.common.connection.target import DCERPCTarget
from aiosmb.dcerpc.v5.connection import DCERPC5Connection
from aiosmb.dcerpc.v5.rpcrt import (
    RPC_C_AUTHN_GSS_NEGOTIATE, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
    DCERPCException, rpc_status_codes,
)
from aiosmb.dcerpc.v5.uuid import uuidtup_to_bin
from asyauth.common.constants import asyauthSecret
from asyauth.common.credentials.kerberos import KerberosCredential
from asyauth.common.credentials.ntlm import NTLMCredential
from asyauth.common.credentials.spnego import SPNEGOCredential
from asysocks.unicomm.common.target import UniProto, UniTarget

import stubs
from commands import Refused, serve

NSPI = uuidtup_to_bin(("f5cc5a18-4264-101a-8c59-08002b2f8426", "56.0"))
LEVELS = {
    "connect": RPC_C_AUTHN_LEVEL_CONNECT,
    "integrity": RPC_C_AUTHN_LEVEL_PKT_INTEGRITY,
    "privacy": RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
}
FAULTS = {words: status for status, words in rpc_status_codes.items()}  # it names the status, and drops the number
HOST = "127.0.0.1"


def returned(outcome):
    """aiosmb returns its errors."""
    result, error = outcome
    if isinstance(error, DCERPCException) and (status := FAULTS.get(error.error_string)):
        raise Refused(fault=status)
    if error is not None:
        raise error
    return result


class Driver:
    """The commands."""

    def __init__(self):
        self.connections, loop = [], asyncio.new_event_loop()
        self.run = loop.run_until_complete

    def open(self, port, user="", password="", domain="", level="privacy", mechanism="ntlm", syntax="ndr20", target=None, **_):
        """Connects, binds NSPI, and authenticates; by Kerberos with the ticket for `target` of the cache KRB5CCNAME."""
        assert syntax == "ndr20"
        where = DCERPCTarget.from_connection_string(f"ncacn_ip_tcp:{HOST}[{port}]", domain=domain, timeout=20)
        if mechanism == "ntlm":
            credential = NTLMCredential(password, user, domain, asyauthSecret.PASSWORD)
        else:
            kdc = UniTarget(HOST, 88, UniProto.CLIENT_TCP, dc_ip=HOST, domain=domain)
            credential = KerberosCredential(os.environ["KRB5CCNAME"], user, domain, asyauthSecret.CCACHE, target=kdc)
            where.to_target_string = lambda: f"host/{target}@{domain}"
        auth = DCERPCAuth.from_smb_gssapi(SPNEGOCredential([credential]).build_context())
        rpc = DCERPC5Connection(auth, where)
        rpc.set_auth_level(LEVELS[level])
        if mechanism != "ntlm":
            rpc.set_auth_type(RPC_C_AUTHN_GSS_NEGOTIATE)
        returned(self.run(rpc.connect()))
        returned(self.run(rpc.bind(NSPI)))
        self.connections.append(rpc)
        return {"connection": len(self.connections) - 1, "group": 0}

    def call(self, connection, name, **parameters):
        rpc = self.connections[connection]
        opnum, stub = getattr(stubs, name)(stubs.Writer(), **parameters)
        returned(self.run(rpc.call(opnum, stub)))
        return getattr(stubs, "read_" + name)(stubs.Reader(returned(self.run(rpc.recv()))))

    def bind(self, connection, code_page=1252):
        return self.call(connection, "bind", code_page=code_page)

    def unbind(self, connection, handle):
        return self.call(connection, "unbind", handle=handle)

    def update_stat(self, connection, handle, stat):
        return self.call(connection, "update_stat", handle=handle, stat=stat)

    def query_rows(self, connection, handle, stat, count, tags):
        return self.call(connection, "query_rows", handle=handle, stat=stat, count=count, tags=tags)


serve(Driver())
