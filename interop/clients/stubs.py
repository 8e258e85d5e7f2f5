"""Stubs of a few NSPI calls, by hand: for client libraries that carry any octets, and have no NSPI of their own.

    NspiBind, NspiUnbind, NspiUpdateStat and NspiQueryRows; NDR 2.0 or NDR64; requests in either byte order
"""

import struct
import uuid

FIELDS = (
    "SortType", "ContainerID", "CurrentRec", "Delta", "NumPos", "TotalRecs", "CodePage", "TemplateLocale", "SortLocale",
)
DEFAULTS = {"CodePage": 1252, "TemplateLocale": 1033, "SortLocale": 1033}
DISPLAY_NAME = 0x3001001F


class Writer:
    """A request: each value at its alignment, counts and pointers as wide as the syntax has them."""

    def __init__(self, ndr64=False, bigendian=False):
        self.octets, self.wide, self.order = b"", "Q" if ndr64 else "L", ">" if bigendian else "<"

    def put(self, kind, *values):
        for value in values:
            self.octets += bytes(-len(self.octets) % struct.calcsize("<" + kind)) + struct.pack(self.order + kind, value)
        return self

    def counts(self, *values):
        return self.put(self.wide, *values)

    def handle(self, hexadecimal):
        """20 octets; inside of them a UUID, whose fields have a byte order, too."""
        octets = bytes.fromhex(hexadecimal)
        parts = uuid.UUID(bytes_le=octets[4:])
        self.put("L", int.from_bytes(octets[:4], "little"))
        self.octets += parts.bytes if self.order == ">" else parts.bytes_le
        return self

    def stat(self, fields):
        values = {**DEFAULTS, **fields}
        return self.put("L", *(values.get(name, 0) & 0xFFFFFFFF for name in FIELDS))


class Reader:
    """An answer; servers answer in little-endian."""

    def __init__(self, octets, ndr64=False):
        self.octets, self.at, self.wide = octets, 0, "Q" if ndr64 else "L"

    def get(self, kind):
        size = struct.calcsize("<" + kind)
        self.at += -self.at % size
        value = struct.unpack_from("<" + kind, self.octets, self.at)[0]
        self.at += size
        return value

    def count(self):
        return self.get(self.wide)

    def align(self):
        """To where a structure with pointers begins, and in NDR64 an arm of a union."""
        self.at += -self.at % struct.calcsize("<" + self.wide)

    def raw(self, length):
        self.at += length
        return self.octets[self.at - length : self.at]

    def stat(self):
        values = [self.get("L") for _ in FIELDS]
        fields = dict(zip(FIELDS, values))
        return {**fields, "Delta": fields["Delta"] - (fields["Delta"] >> 31 << 32)}

    def text(self):
        _, offset, length = self.count(), self.count(), self.count()
        assert offset == 0
        return self.raw(2 * length).decode("utf-16le").rstrip("\0")


def bind(out, code_page):
    return 0, out.put("L", 0).stat({"CodePage": code_page}).counts(0x20000).octets + bytes(16)


def read_bind(answer):
    guid = str(uuid.UUID(bytes_le=answer.raw(16))) if answer.count() else None
    handle = answer.raw(20).hex()
    return {"status": answer.get("L"), "guid": guid, "handle": handle}


def unbind(out, handle):
    return 1, out.handle(handle).put("L", 0).octets


def read_unbind(answer):
    handle = answer.raw(20).hex()
    return {"status": answer.get("L"), "handle": handle}


def update_stat(out, handle, stat):
    return 2, out.handle(handle).put("L", 0).stat(stat).counts(0x20000).put("L", 0).octets


def read_update_stat(answer):
    stat = answer.stat()
    delta = answer.get("l") if answer.count() else None
    return {"status": answer.get("L"), "stat": stat, "delta": delta}


def query_rows(out, handle, stat, count, tags):
    """No explicit table. PropertyTagArray_r: max_count is one more than the values [MS-NSPI 2.3.1.2]."""
    out.handle(handle).put("L", 0).stat(stat).put("L", 0).counts(0).put("L", count)
    out.counts(0x20000, len(tags) + 1).put("L", len(tags)).counts(0, len(tags)).put("L", *tags)
    return 3, out.octets


def read_query_rows(answer):
    """Rows of text, all of it Unicode: what comes first is all fixed parts, then what they point to."""
    stat = answer.stat()
    if not answer.count():
        return {"status": answer.get("L"), "stat": stat, "rows": None}
    rows = answer.count()
    assert answer.get("L") == rows
    answer.align()
    fixed = []
    for _ in range(rows):
        answer.align()
        answer.get("L")
        fixed.append((answer.get("L"), answer.count()))
    return {"stat": stat, "rows": [read_row(answer) for _ in fixed], "status": answer.get("L")}


def read_row(answer):
    tags = []
    for _ in range(answer.count()):
        answer.align()
        tag, _, discriminant = answer.get("L"), answer.get("L"), answer.get("L")
        assert tag & 0xFFFF == discriminant == 0x1F, "text is all that is read here"
        answer.align()
        assert answer.count()
        tags.append("%08x" % tag)
    return {tag: answer.text() for tag in tags}
