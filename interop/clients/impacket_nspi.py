"""impacket's structures of NSPI, with what impacket 0.13.1 gets wrong mended, and its values as JSON has them."""

import datetime

from impacket.dcerpc.v5 import ndr, nspi
from impacket.dcerpc.v5.dtypes import DWORD, NULL


class GetSpecialTable(nspi.NspiGetSpecialTable):
    """impacket's own has referent ids in front of pStat and lpVersion, which are reference pointers [MS-NSPI 3.1.4.17]."""

    structure = (("hRpc", nspi.handle_t), ("dwFlags", DWORD), ("pStat", nspi.STAT), ("lpVersion", DWORD))


class GetSpecialTableResponse(nspi.NspiGetSpecialTableResponse):
    pass


class GetProps(nspi.NspiGetProps):
    """impacket's own has a referent id in front of pStat."""

    structure = (
        ("hRpc", nspi.handle_t), ("dwFlags", DWORD), ("pStat", nspi.STAT), ("pPropTags", nspi.PPropertyTagArray_r)
    )


class GetPropsResponse(nspi.NspiGetPropsResponse):
    pass


class SeekEntries(nspi.NspiSeekEntries):
    """impacket's own takes lpETable and pPropTags, which are unique pointers, for references."""

    structure = (
        ("hRpc", nspi.handle_t), ("Reserved", DWORD), ("pStat", nspi.STAT), ("pTarget", nspi.PropertyValue_r),
        ("lpETable", nspi.PPropertyTagArray_r), ("pPropTags", nspi.PPropertyTagArray_r),
    )


class SeekEntriesResponse(nspi.NspiSeekEntriesResponse):
    pass


class GetMatches(ndr.NDRCALL):
    """impacket has this operation and the next commented out; its structures for them are good [MS-NSPI 3.1.4.10]."""

    opnum = 5
    structure = (
        ("hRpc", nspi.handle_t), ("Reserved1", DWORD), ("pStat", nspi.STAT), ("pReserved", nspi.PPropertyTagArray_r),
        ("Reserved2", DWORD), ("Filter", nspi.PRestriction_r), ("lpPropName", nspi.PPropertyName_r),
        ("ulRequested", DWORD), ("pPropTags", nspi.PPropertyTagArray_r),
    )


class GetMatchesResponse(ndr.NDRCALL):
    structure = (
        ("pStat", nspi.STAT), ("ppOutMIds", nspi.PPropertyTagArray_r), ("ppRows", nspi.PPropertyRowSet_r),
        ("ErrorCode", DWORD),
    )


class ResortRestriction(ndr.NDRCALL):
    opnum = 6
    structure = (
        ("hRpc", nspi.handle_t), ("Reserved", DWORD), ("pStat", nspi.STAT), ("pInMIds", nspi.PropertyTagArray_r),
        ("ppOutMIds", nspi.PPropertyTagArray_r),
    )


class ResortRestrictionResponse(ndr.NDRCALL):
    structure = (("pStat", nspi.STAT), ("ppOutMIds", nspi.PPropertyTagArray_r), ("ErrorCode", DWORD))


def context_handle(octets):
    """From hexadecimal; impacket's own constructor forgets what it has read."""
    handle = nspi.handle_t()
    handle.fromString(bytes.fromhex(octets))
    return handle


class ModProps(ndr.NDRCALL):
    """Commented out in impacket, too [MS-NSPI 3.1.4.14]."""

    opnum = 11
    structure = (
        ("hRpc", nspi.handle_t), ("Reserved", DWORD), ("pStat", nspi.STAT), ("pPropTags", nspi.PPropertyTagArray_r),
        ("pRow", nspi.PropertyRow_r),
    )


class ModPropsResponse(ndr.NDRCALL):
    structure = (("ErrorCode", DWORD),)


class PropertyNames(ndr.NDRUniConformantArray):
    item = nspi.PPropertyName_r


class GetIDsFromNames(nspi.NspiGetIDsFromNames):
    """impacket's own has a varying array of names, which is a conformant one of pointers [MS-NSPI 3.1.4.17]."""

    structure = (
        ("hRpc", nspi.handle_t), ("Reserved", DWORD), ("dwFlags", DWORD), ("cPropNames", DWORD),
        ("pNames", PropertyNames),
    )


class GetIDsFromNamesResponse(nspi.NspiGetIDsFromNamesResponse):
    pass


def make_stat(fields):
    stat = nspi.STAT()
    for name, value in {"CodePage": 1252, "TemplateLocale": 1033, "SortLocale": 1033, **fields}.items():
        stat[name] = value
    return stat


def put_tags(request, field, tags):
    """A unique pointer to tags, or NULL."""
    if tags is None:
        request[field] = NULL
    else:
        request[field]["cValues"] = 0
        fill_tags(request.fields[field].fields["Data"], tags)


def fill_tags(array, tags):
    """impacket would send the number of tags as max_count, which is one more [MS-NSPI 2.3.1.2]."""
    for tag in tags:
        item = DWORD()
        item["Data"] = tag
        array["aulPropTag"].append(item)
    array["cValues"] = len(tags)
    array.fields["aulPropTag"].fields["MaximumCount"] = len(tags) + 1


def read_tags(array):
    return [tag["Data"] for tag in array["aulPropTag"]] if array else None


def put_value(value, tag, content):
    """Unicode text, a 32-bit number, or a list of octet strings in hexadecimal."""
    value["ulPropTag"] = tag
    value["Value"]["tag"] = tag & 0xFFFF
    if isinstance(content, list):
        put_octet_strings(value["Value"]["MVbin"], content)
    else:
        value["Value"]["l" if isinstance(content, int) else "lpszW"] = (
            content if isinstance(content, int) else content + "\0"
        )


def put_octet_strings(array, strings):
    array["cValues"] = len(strings)
    for string in strings:
        octets = nspi.Binary_r()
        octets["cValues"], octets["lpb"] = len(string) // 2, bytes.fromhex(string)
        array["lpbin"].append(octets)


def put_restriction(into, arm):
    """["and"|"or", ..], ["not", one], ["content", fuzzy level, tag, value], ["property", relop, tag, value],
    ["exist", tag]."""
    name, *fields = arm
    number = ["and", "or", "not", "content", "property", "compare", "bits", "size", "exist"].index(name)
    into["rt"] = number
    into["res"]["tag"] = number
    if name in ("and", "or"):
        union = into["res"]["resAnd" if name == "and" else "resOr"]
        union["cRes"] = len(fields)
        for field in fields:
            child = nspi.Restriction_r()
            put_restriction(child, field)
            union["lpRes"].append(child)
    elif name == "not":
        put_restriction(into["res"]["resNot"]["lpRes"], fields[0])
    elif name == "exist":
        into["res"]["resExist"]["ulPropTag"] = fields[0]
    else:
        union = into["res"]["resContent" if name == "content" else "resProperty"]
        union["ulFuzzyLevel" if name == "content" else "relop"], union["ulPropTag"] = fields[0], fields[1]
        put_value(union["lpProp"], fields[1], fields[2])


def read_stat(stat):
    return {name: stat[name] for name, _ in nspi.STAT.structure}


def read_rows(rows):
    """By property tag in hexadecimal, with impacket's reading of each value; octets in hexadecimal."""
    return [{"%08x" % tag: plain(value) for tag, value in nspi.simplifyPropertyRow(row).items()} for row in rows]


def plain(value):
    if isinstance(value, (int, str)):
        return value
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, datetime.datetime) else value.getData().hex()
