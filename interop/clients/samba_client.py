"""Samba's client library, libdcerpc, as a client of NSPI, by commands of a line each: see commands.py.

Needs the interpreter that Debian's python3-samba is for. Samba has no NSPI; stubs.py makes the stubs. Its binding for
interfaces that it has no table for, ClientConnection, cannot authenticate (4.17.12 crashes for want of a service's name in
the table), so the table of an interface that is not used here, remote management, is given the name of NSPI.
"""

import ctypes
import mmap
import os
import sys
import tempfile
import uuid

from samba import NTSTATUSError, credentials, param
from samba.dcerpc import mgmt

import stubs
from commands import Refused, serve

NSPI = uuid.UUID("f5cc5a18-4264-101a-8c59-08002b2f8426"), 56
LEVELS = {"connect": "connect", "packet": "packet", "integrity": "sign", "privacy": "seal"}
MECHANISMS = {"ntlm": "ntlm", "kerberos": "krb5", "negotiate": "spnego", "negotiate-kerberos": "spnego", "negotiate-either": "spnego"}
KERBEROS = {
    "kerberos": credentials.MUST_USE_KERBEROS,
    "negotiate-kerberos": credentials.MUST_USE_KERBEROS,
    "negotiate-either": credentials.AUTO_USE_KERBEROS,
}
SYNTAXES = {"ndr20": [], "ndr64": ["ndr64"]}

# What libdcerpc makes of faults, and of a connection that ends.
FAULTS = {
    0xC0000022: 5,  # NT_STATUS_ACCESS_DENIED
    0xC000006D: 5,  # NT_STATUS_LOGON_FAILURE: the same while authenticating
    0xC0030005: 0x1C00001A,  # NT_STATUS_RPC_SS_CONTEXT_MISMATCH
    0xC002002E: 0x1C010002,  # NT_STATUS_RPC_PROCNUM_OUT_OF_RANGE
    0xC003000C: 0x6F7,  # NT_STATUS_RPC_BAD_STUB_DATA
}
CLOSED = {0xC000020C, 0xC000020D, 0xC0000241}  # NT_STATUS_CONNECTION_DISCONNECTED, _RESET, _ABORTED


def rename_management():
    """struct ndr_interface_table: a pointer to the name, then the UUID, then the version."""
    table = ctypes.addressof(ctypes.c_char.in_dll(ctypes.CDLL(mgmt.__file__), "ndr_table_mgmt"))
    name = table + ctypes.sizeof(ctypes.c_void_p)
    page = name & -mmap.PAGESIZE
    writable = ctypes.CDLL(None).mprotect(ctypes.c_void_p(page), ctypes.c_size_t(2 * mmap.PAGESIZE), 3)
    assert writable == 0
    identifier, version = NSPI
    ctypes.memmove(name, identifier.bytes_le + version.to_bytes(4, sys.byteorder), 20)


def asked(what, *arguments):
    """What Samba returns, or how the server refused."""
    try:
        return what(*arguments)
    except NTSTATUSError as reason:
        status = reason.args[0] & 0xFFFFFFFF
        if status in FAULTS:
            raise Refused(fault=FAULTS[status])
        if status in CLOSED:
            raise Refused(closed=reason.args[1])
        raise


class Driver:
    """The commands."""

    def __init__(self, directory):
        self.connections = []
        conf = os.path.join(directory, "smb.conf")
        with open(conf, "w") as file:
            print("[global]\nworkgroup = ACME\nrealm = ACME.TEST\nnetbios name = CLIENT\ninterfaces = lo", file=file)
            for kind in ("private dir", "lock directory", "state directory", "cache directory", "pid directory"):
                print(f"{kind} = {directory}", file=file)
        self.lp = param.LoadParm()
        self.lp.load(conf)

    def open(
        self, port, host="127.0.0.1", target=None, user="", password="", domain="", level="none", mechanism="ntlm",
        syntax="ndr20", big_endian=False, **_,
    ):
        """Connects, and binds NSPI. `mechanism`: ntlm or negotiate; or kerberos, negotiate-kerberos or negotiate-either, for which
        `target` is the server's name. Only requests are big-endian: a server answers in its own byte order."""
        creds = credentials.Credentials()
        creds.guess(self.lp)
        options = [str(port), *SYNTAXES[syntax]]
        if level == "none":
            creds.set_anonymous()
        else:
            creds.set_kerberos_state(KERBEROS.get(mechanism, credentials.DONT_USE_KERBEROS))
            creds.set_username(user)
            creds.set_domain(domain)
            creds.set_realm("ACME.TEST")
            creds.set_password(password)
            options += [LEVELS[level], MECHANISMS[mechanism]]
        options += ["bigendian"] * big_endian + [f"target_hostname={target}"] * bool(target)
        rpc = asked(mgmt.mgmt, f"ncacn_ip_tcp:{host}[{','.join(options)}]", self.lp, creds)
        assert rpc.abstract_syntax == (str(NSPI[0]), NSPI[1])
        self.connections.append((rpc, syntax == "ndr64", big_endian))
        return {"connection": len(self.connections) - 1, "group": 0}

    def call(self, connection, name, **parameters):
        rpc, ndr64, big_endian = self.connections[connection]
        opnum, stub = getattr(stubs, name)(stubs.Writer(ndr64, big_endian), **parameters)
        return getattr(stubs, "read_" + name)(stubs.Reader(asked(rpc.request, opnum, stub), ndr64))

    def bind(self, connection, code_page=1252):
        return self.call(connection, "bind", code_page=code_page)

    def unbind(self, connection, handle):
        return self.call(connection, "unbind", handle=handle)

    def update_stat(self, connection, handle, stat):
        return self.call(connection, "update_stat", handle=handle, stat=stat)

    def query_rows(self, connection, handle, stat, count, tags):
        return self.call(connection, "query_rows", handle=handle, stat=stat, count=count, tags=tags)

    def close(self, connection):
        self.connections[connection] = None
        return {}


rename_management()
# Samba's library writes to the standard output what it thinks: that is for the answers alone.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
with tempfile.TemporaryDirectory() as place:
    serve(Driver(place), answers)
