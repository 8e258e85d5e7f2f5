"""An NSPI server made of scapy's DCERPC_Server and scapy-rpc: NTLM by itself or within SPNEGO, NDR 2.0 and NDR64.

    scapy_server.py none|ntlm|negotiate      prints `ready PORT`, and serves until it is killed
"""

import os
import socket
import sys
import threading
from pathlib import Path

from scapy.layers.dcerpc import DCERPC_Transport, DceRpc5Fault, NDRContextHandle, RPC_C_AUTHN_LEVEL
from scapy.layers.msrpce.rpcserver import DCERPC_Fault, DCERPC_Server
from scapy.layers.ntlm import NTLMSSP, MD4le
from scapy.layers.spnego import SPNEGOSSP
from msrpcs import ms_nspi

sys.path.append(str(Path(__file__).parent.parent / "clients"))
import people
import scapy_nspi

NO_HANDLE = NDRContextHandle(attributes=0, uuid=bytes(16))


def answer(operation):
    """Registers what answers an operation; it is given the stub, decoded."""
    stub = getattr(ms_nspi, operation + "_Request")
    return lambda method: DCERPC_Server.answer(stub)(lambda self, pdu: method(self, pdu[stub]))


class Server(DCERPC_Server):
    """One connection."""

    def _send_fault(self, hdr, req, status):
        """scapy asks a bind for the presentation context that it is about, which is a matter of requests."""
        hdr.pfc_flags += "PFC_DID_NOT_EXECUTE"
        self.queue.append(hdr / DceRpc5Fault(status=status, cont_id=getattr(req, "cont_id", 0)))

    def made(self, operation, **fields):
        response = getattr(ms_nspi, operation + "_Response")(**fields)
        response.ndr64 = self.ndr64
        return response

    def checked(self, handle):
        if bytes(handle.uuid) not in people.sessions:
            raise DCERPC_Fault(people.CONTEXT_MISMATCH)

    @answer("NspiBind")
    def bind(self, request):
        handle = people.new_session()
        if handle is None:
            return self.made("NspiBind", pServerGuid=None, contextHandle=NO_HANDLE, status=people.LOGON_FAILED)
        guid, handle = ms_nspi.FlatUID_r(ab=people.GUID), NDRContextHandle(attributes=0, uuid=handle)
        return self.made("NspiBind", pServerGuid=guid, contextHandle=handle, status=people.SUCCESS)

    @answer("NspiUnbind")
    def unbind(self, request):
        self.checked(request.contextHandle)
        people.sessions.remove(bytes(request.contextHandle.uuid))
        return self.made("NspiUnbind", contextHandle=NO_HANDLE, status=people.UNBOUND)

    @answer("NspiUpdateStat")
    def update_stat(self, request):
        self.checked(request.hRpc)
        delta = request.pStat.Delta
        return self.made("NspiUpdateStat", pStat=stat(request, delta), plDelta=delta, status=people.SUCCESS)

    @answer("NspiQueryRows")
    def query_rows(self, request):
        self.checked(request.hRpc)
        numbers = range(len(people.NAMES))[: request.Count]
        table = rows(request, numbers)
        return self.made("NspiQueryRows", pStat=stat(request, len(numbers)), ppRows=table, status=people.SUCCESS)

    @answer("NspiResolveNamesW")
    def resolve_names(self, request):
        self.checked(request.hRpc)
        names = [name.decode() for name in request.valueof("paWStr").valueof("Strings")]
        numbers = [people.found(name) for name in names]
        outcomes = [people.UNRESOLVED if number is None else people.RESOLVED for number in numbers]
        table = rows(request, [number for number in numbers if number is not None])
        fields = {"ppMIds": scapy_nspi.tags(outcomes), "ppRows": table}
        return self.made("NspiResolveNamesW", status=people.SUCCESS, **fields)

    @answer("NspiCompareMIds")
    def compare(self, request):
        self.checked(request.hRpc)
        order = (request.MId1 > request.MId2) - (request.MId1 < request.MId2)
        return self.made("NspiCompareMIds", plResult=order, status=people.SUCCESS)

    @answer("NspiQueryColumns")
    def query_columns(self, request):
        self.checked(request.hRpc)
        columns = scapy_nspi.tags([people.DISPLAY_NAME, people.ACCOUNT])
        return self.made("NspiQueryColumns", ppColumns=columns, status=people.SUCCESS)


def stat(request, place):
    """The STAT of the request, and the place where it has come to."""
    fields = {field.name: getattr(request.pStat, field.name) for field in ms_nspi.STAT.fields_desc}
    place = {"Delta": 0, "NumPos": place, "TotalRecs": len(people.NAMES), "CurrentRec": people.FIRST_ID + place}
    return ms_nspi.STAT(**{**fields, **place})


def rows(request, numbers):
    tags = request.valueof("pPropTags").valueof("aulPropTag")
    row = lambda number: [scapy_nspi.value(tag, people.text(tag, number)) for tag in tags]
    return ms_nspi.PropertyRowSet_r(aRow=[ms_nspi.PropertyRow_r(lpProps=row(number)) for number in numbers])


def main(mechanism):
    listener = socket.create_server(("127.0.0.1", 0))
    print("ready", listener.getsockname()[1], flush=True)
    sys.stdout = open(os.devnull, "w")  # scapy prints what it thinks, and nobody listens any more
    while True:
        client, _ = listener.accept()
        ntlm = NTLMSSP(IDENTITIES={"alice": MD4le("Passw0rd!A")}, DOMAIN_FQDN="acme.test", DOMAIN_NB_NAME="ACME")
        ssp = {"none": None, "ntlm": ntlm, "negotiate": SPNEGOSSP([ntlm])}[mechanism]
        level = RPC_C_AUTHN_LEVEL.CONNECT if ssp else RPC_C_AUTHN_LEVEL.NONE
        server = Server(
            DCERPC_Transport.NCACN_IP_TCP, ndr64=True, verb=False, min_auth_level=level, ssp=ssp,
            port=listener.getsockname()[1],
        )
        threading.Thread(target=server.loop, args=(client,), daemon=True).start()


main(sys.argv[1])
