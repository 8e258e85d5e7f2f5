"""scapy with scapy-rpc as a client of NSPI, by commands of a line each: see commands.py.

It does by itself what impacket does not: it checks the server's signatures, supports header signing, offers several
presentation contexts at once (NDR64 and bind-time features among them), and sends a security verification trailer.
"""

import uuid

from scapy.layers.dcerpc import DCE_C_AUTHN_LEVEL, DCERPC_Transport, DceRpc5Fault, find_dcerpc_interface
from scapy.layers.msrpce.rpcclient import DCERPC_Client
from scapy.layers.ntlm import NTLMSSP
from msrpcs import ms_nspi

from commands import Refused, serve

LEVELS = {
    "none": DCE_C_AUTHN_LEVEL.NONE,
    "connect": DCE_C_AUTHN_LEVEL.CONNECT,
    "packet": DCE_C_AUTHN_LEVEL.PKT,
    "integrity": DCE_C_AUTHN_LEVEL.PKT_INTEGRITY,
    "privacy": DCE_C_AUTHN_LEVEL.PKT_PRIVACY,
}


class Driver:
    """The commands."""

    def __init__(self):
        self.connections = []

    def open(self, port, user="", password="", domain="", level="none", ndr64=False, **_):
        """Connects, and binds NSPI; authenticates by raw NTLM unless the level is none."""
        ssp = None if level == "none" else NTLMSSP(UPN=f"{domain}\\{user}", PASSWORD=password)
        client = DCERPC_Client(
            DCERPC_Transport.NCACN_IP_TCP, ssp=ssp, auth_level=LEVELS[level], ndr64=ndr64, verb=False
        )
        client.connect("127.0.0.1", port=port, timeout=20)
        if not client.bind(find_dcerpc_interface("nspi")):
            raise Refused(nak=0)
        self.connections.append(client)
        return {"connection": len(self.connections) - 1, "group": client.session.assoc_group_id}

    def call(self, connection, request):
        client = self.connections[connection]
        request.ndr64 = client.ndr64
        answer = client.sr1_req(request)
        if answer is None:
            raise Refused(closed="no answer")
        if DceRpc5Fault in answer:
            raise Refused(fault=answer.status)
        return answer

    def bind(self, connection, code_page=1252):
        stat = ms_nspi.STAT(CodePage=code_page, TemplateLocale=1033, SortLocale=1033)
        guid = ms_nspi.FlatUID_r(ab=bytes(16))
        answer = self.call(connection, ms_nspi.NspiBind_Request(pStat=stat, pServerGuid=guid))
        guid = answer.pServerGuid
        return {
            "status": answer.status,
            "guid": str(uuid.UUID(bytes_le=guid.value.ab)) if guid else None,
            "handle": plain(answer.contextHandle),
        }

    def unbind(self, connection, handle):
        answer = self.call(connection, ms_nspi.NspiUnbind_Request(contextHandle=made(handle)))
        return {"status": answer.status, "handle": plain(answer.contextHandle)}

    def update_stat(self, connection, handle, stat):
        stat = ms_nspi.STAT(**{"CodePage": 1252, "TemplateLocale": 1033, "SortLocale": 1033, **stat})
        request = ms_nspi.NspiUpdateStat_Request(hRpc=made(handle), pStat=stat, plDelta=0)
        answer = self.call(connection, request)
        fields = {field.name: getattr(answer.pStat, field.name) for field in ms_nspi.STAT.fields_desc}
        return {"status": answer.status, "stat": fields, "delta": answer.plDelta.value}

    def close(self, connection):
        self.connections[connection].close()
        return {}


def plain(handle):
    """A context handle in hexadecimal."""
    return (handle.attributes.to_bytes(4, "little") + bytes(handle.uuid)).hex()


def made(handle):
    octets = bytes.fromhex(handle)
    return ms_nspi.NDRContextHandle(attributes=int.from_bytes(octets[:4], "little"), uuid=octets[4:])


serve(Driver())
