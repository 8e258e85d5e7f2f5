"""scapy with scapy-rpc as a client of NSPI, by commands of a line each: see commands.py.

It does by itself what impacket does not: SPNEGO, NDR64, it checks the server's signatures, negotiates header signing,
offers several presentation contexts at once (bind-time features among them), and sends a security verification trailer.
"""

import uuid

from scapy.layers.dcerpc import (
    DCE_C_AUTHN_LEVEL, DCERPC_Transport, DceRpc5Fault, NDRContextHandle, NDRUnion, find_dcerpc_interface,
)
from scapy.layers.msrpce.rpcclient import DCERPC_Client
from scapy.layers.ntlm import NTLMSSP
from scapy.layers.spnego import SPNEGOSSP
from msrpcs import ms_nspi

import scapy_nspi
from commands import Refused, serve

LEVELS = {
    "none": DCE_C_AUTHN_LEVEL.NONE,
    "connect": DCE_C_AUTHN_LEVEL.CONNECT,
    "packet": DCE_C_AUTHN_LEVEL.PKT,
    "integrity": DCE_C_AUTHN_LEVEL.PKT_INTEGRITY,
    "privacy": DCE_C_AUTHN_LEVEL.PKT_PRIVACY,
}
MECHANISMS = {"ntlm": lambda ntlm: ntlm, "negotiate": lambda ntlm: SPNEGOSSP([ntlm])}
PROPERTY_RESTRICTION, DISPLAY_NAME = 4, 0x3001001F


class Association(DCERPC_Client):
    """scapy's own, which offers NDR 2.0 and NDR64, or may offer the latter alone."""

    only_ndr64 = False

    def _get_bind_context(self, interface):
        contexts = super()._get_bind_context(interface)
        if self.only_ndr64 and len(contexts) > 1:
            del contexts[0]
        return contexts


class Driver:
    """The commands."""

    def __init__(self):
        self.connections = []

    def open(self, port, user="", password="", domain="", level="none", mechanism="ntlm", syntax="ndr20", **_):
        """Connects, and binds NSPI; authenticates unless the level is none. `syntax`: ndr20, ndr64, or either."""
        ntlm = NTLMSSP(UPN=f"{domain}\\{user}", PASSWORD=password)
        ssp = None if level == "none" else MECHANISMS[mechanism](ntlm)
        client = Association(
            DCERPC_Transport.NCACN_IP_TCP, ssp=ssp, auth_level=LEVELS[level], ndr64=syntax != "ndr20", verb=False
        )
        client.only_ndr64 = syntax == "ndr64"
        client.connect("127.0.0.1", port=port, timeout=20)
        if not client.bind(find_dcerpc_interface("nspi")):
            raise Refused(nak=0)
        assert client.ndr64 == {"ndr20": False, "ndr64": True}.get(syntax, client.ndr64)
        assert client.session.header_sign == bool(ssp), "the server takes up header signing where it is offered"
        self.connections.append(client)
        return {"connection": len(self.connections) - 1, "group": client.session.assoc_group_id}

    def call(self, connection, operation, **fields):
        client = self.connections[connection]
        request = getattr(ms_nspi, operation + "_Request")(**fields)
        request.ndr64 = client.ndr64
        answer = client.sr1_req(request)
        if answer is None:
            raise Refused(closed="no answer")
        if DceRpc5Fault in answer:
            raise Refused(fault=answer.status)
        assert isinstance(answer, getattr(ms_nspi, operation + "_Response")), "all of the answer is understood"
        return answer

    def bind(self, connection, code_page=1252):
        guid = ms_nspi.FlatUID_r(ab=bytes(16))
        answer = self.call(connection, "NspiBind", pStat=make_stat({"CodePage": code_page}), pServerGuid=guid)
        guid = answer.pServerGuid
        return {
            "status": answer.status,
            "guid": str(uuid.UUID(bytes_le=guid.value.ab)) if guid else None,
            "handle": plain_handle(answer.contextHandle),
        }

    def unbind(self, connection, handle):
        answer = self.call(connection, "NspiUnbind", contextHandle=made(handle))
        return {"status": answer.status, "handle": plain_handle(answer.contextHandle)}

    def in_session(self, connection, operation, handle, **fields):
        return self.call(connection, operation, hRpc=made(handle), **fields)

    def update_stat(self, connection, handle, stat):
        answer = self.in_session(connection, "NspiUpdateStat", handle, pStat=make_stat(stat), plDelta=0)
        return {"status": answer.status, "stat": read_stat(answer), "delta": answer.plDelta.value}

    def query_rows(self, connection, handle, stat, count, tags):
        fields = {"lpETable": None, "Count": count, "pPropTags": scapy_nspi.tags(tags)}
        answer = self.in_session(connection, "NspiQueryRows", handle, pStat=make_stat(stat), **fields)
        return {"status": answer.status, "stat": read_stat(answer), "rows": rows(answer)}

    def special_table(self, connection, handle, flags, version=0):
        fields = {"dwFlags": flags, "lpVersion": version}
        answer = self.in_session(connection, "NspiGetSpecialTable", handle, pStat=make_stat({}), **fields)
        return {"status": answer.status, "version": answer.lpVersion, "rows": rows(answer)}

    def props(self, connection, handle, stat, tags=None, flags=0):
        fields = {"dwFlags": flags, "pPropTags": scapy_nspi.tags(tags)}
        answer = self.in_session(connection, "NspiGetProps", handle, pStat=make_stat(stat), **fields)
        return {"status": answer.status, "row": scapy_nspi.read_row(answer.valueof("ppRows"))}

    def prop_list(self, connection, handle, id, code_page, flags=0):
        fields = {"dwFlags": flags, "dwMId": id, "CodePage": code_page}
        answer = self.in_session(connection, "NspiGetPropList", handle, **fields)
        return {"status": answer.status, "tags": ids(answer, "ppPropTags")}

    def query_columns(self, connection, handle, flags):
        answer = self.in_session(connection, "NspiQueryColumns", handle, dwFlags=flags)
        return {"status": answer.status, "tags": ids(answer, "ppColumns")}

    def compare(self, connection, handle, stat, one, other):
        fields = {"pStat": make_stat(stat), "MId1": one, "MId2": other}
        answer = self.in_session(connection, "NspiCompareMIds", handle, **fields)
        return {"status": answer.status, "result": answer.plResult}

    def ids(self, connection, handle, names):
        answer = self.in_session(connection, "NspiDNToMId", handle, pNames=ms_nspi.StringsArray_r(Strings=names))
        return {"status": answer.status, "ids": ids(answer, "ppOutMIds")}

    def resolve(self, connection, handle, stat, names, tags, wide=True):
        array = {"paWStr": ms_nspi.WStringsArray_r(Strings=names)} if wide else {
            "paStr": ms_nspi.StringsArray_r(Strings=names)
        }
        fields = {"pStat": make_stat(stat), "pPropTags": scapy_nspi.tags(tags), **array}
        answer = self.in_session(connection, "NspiResolveNamesW" if wide else "NspiResolveNames", handle, **fields)
        return {"status": answer.status, "ids": ids(answer, "ppMIds"), "rows": rows(answer)}

    def seek(self, connection, handle, stat, target, tags=None, table=None):
        fields = {
            "pStat": make_stat(stat), "pTarget": scapy_nspi.value(DISPLAY_NAME, target),
            "lpETable": scapy_nspi.tags(table), "pPropTags": scapy_nspi.tags(tags),
        }
        answer = self.in_session(connection, "NspiSeekEntries", handle, **fields)
        return {"status": answer.status, "stat": read_stat(answer), "rows": rows(answer)}

    def matches(self, connection, handle, stat, filter, requested, tags=None):
        """`filter`: ["property", relop, tag, text] or nothing; scapy loses what is inside of others."""
        if filter:
            name, relop, tag, content = filter
            assert name == "property"
            value = ms_nspi.PropertyRestriction_r(relop=relop, ulPropTag=tag, lpProp=scapy_nspi.value(tag, content))
            union = NDRUnion(tag=PROPERTY_RESTRICTION, value=value)
            filter = ms_nspi._Restriction_r(rt=PROPERTY_RESTRICTION, res=union)
        fields = {"Filter": filter, "ulRequested": requested, "pPropTags": scapy_nspi.tags(tags)}
        answer = self.in_session(connection, "NspiGetMatches", handle, pStat=make_stat(stat), **fields)
        return {
            "status": answer.status, "stat": read_stat(answer), "ids": ids(answer, "ppOutMIds"), "rows": rows(answer),
        }

    def resort(self, connection, handle, stat, table):
        fields = {"pStat": make_stat(stat), "pInMIds": scapy_nspi.tags(table)}
        answer = self.in_session(connection, "NspiResortRestriction", handle, **fields)
        return {"status": answer.status, "stat": read_stat(answer), "ids": ids(answer, "ppOutMIds")}

    def template(self, connection, handle, type, flags, locale=1033):
        fields = {"dwFlags": flags, "ulType": type, "dwCodePage": 1252, "dwLocaleID": locale}
        answer = self.in_session(connection, "NspiGetTemplateInfo", handle, **fields)
        return {"status": answer.status, "row": scapy_nspi.read_row(answer.valueof("ppData"))}

    def mod_props(self, connection, handle, stat, tag, value):
        """Sets one property to text or octet strings; to nothing, it loses what it has."""
        row = ms_nspi.PropertyRow_r(lpProps=None if value is None else [scapy_nspi.value(tag, value)])
        fields = {"pStat": make_stat(stat), "pPropTags": scapy_nspi.tags([tag]), "pRow": row}
        return {"status": self.in_session(connection, "NspiModProps", handle, **fields).status}

    def mod_link_att(self, connection, handle, id, tag, entry_ids, flags=0):
        entry_ids = scapy_nspi.octet_strings(entry_ids)
        fields = {"dwFlags": flags, "ulPropTag": tag, "dwMId": id, "lpEntryIds": entry_ids}
        return {"status": self.in_session(connection, "NspiModLinkAtt", handle, **fields).status}

    def names_from_ids(self, connection, handle, tags):
        """Of any property set; names are numbers here."""
        answer = self.in_session(connection, "NspiGetNamesFromIDs", handle, pPropTags=scapy_nspi.tags(tags))
        names = answer.valueof("ppNames")
        return {
            "status": answer.status,
            "tags": ids(answer, "ppReturnedPropTags"),
            "names": [name.lID for name in names.valueof("aNames")] if names else None,
        }

    def ids_from_names(self, connection, handle, names):
        """Of no property set; names are numbers here."""
        names = [ms_nspi.PropertyName_r(lID=number) for number in names]
        answer = self.in_session(connection, "NspiGetIDsFromNames", handle, pNames=names)
        return {"status": answer.status, "tags": ids(answer, "ppPropTags")}

    def close(self, connection):
        self.connections[connection].close()
        return {}


def make_stat(fields):
    return ms_nspi.STAT(**{"CodePage": 1252, "TemplateLocale": 1033, "SortLocale": 1033, **fields})


def read_stat(answer):
    return {field.name: getattr(answer.pStat, field.name) for field in ms_nspi.STAT.fields_desc}


def ids(answer, field):
    array = answer.valueof(field)
    return array and array.valueof("aulPropTag")


def rows(answer):
    table = answer.valueof("ppRows")
    return table and [scapy_nspi.read_row(row) for row in table.valueof("aRow")]


def plain_handle(handle):
    """A context handle in hexadecimal."""
    return (handle.attributes.to_bytes(4, "little") + bytes(handle.uuid)).hex()


def made(handle):
    octets = bytes.fromhex(handle)
    return NDRContextHandle(attributes=int.from_bytes(octets[:4], "little"), uuid=octets[4:])


serve(Driver())
