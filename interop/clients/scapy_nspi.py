"""scapy-rpc's structures of NSPI, with what scapy 2.8.0 and scapy-rpc 0.0.8 get wrong mended, each by the rule it breaks.

Not mended, and so not used by client or server here: pointers inside of restrictions that hold restrictions are lost
(And, Or, Not), and multiple 16-bit numbers are taken for text.
"""

from scapy.fields import StrNullFieldUtf16
from scapy.layers.dcerpc import NDRAlign, NDRUnion, NDRUnionField, NDRVaryingArray
from msrpcs import ms_nspi


class Arm:
    """An arm of a union, and the pad in front of it that NDR64 wants and scapy forgets [MS-RPCE 2.2.5.3.4.4]."""

    def __init__(self, arm):
        self.arm = arm
        self.aligned = NDRAlign(arm, align=(1, 8))

    def __getattr__(self, name):
        return getattr(self.arm, name)

    def getfield(self, pkt, s):
        return self.aligned.getfield(pkt, s)

    def addfield(self, pkt, s, val):
        return self.arm.addfield(pkt, s + bytes(-len(s) % 8 if pkt.ndr64 else 0), val)


def characters(field, pkt, text):
    """Counts of a string count its characters, NUL included [C706 14.3.4]; scapy counts octets of UTF-8."""
    text = text.decode() if isinstance(text, bytes) else text
    return len(text.encode("utf-16le")) // 2 + 1


def mend():
    # In NDR64 a structure is as aligned as the widest of its members: counts and pointers have 8 octets.
    for structure in ("PropertyTagArray_r", "PropertyNameSet_r", "PropertyRowSet_r", "StringsArray_r", "WStringsArray_r"):
        getattr(ms_nspi, structure).ALIGNMENT = (4, 8)
    for structure in (ms_nspi._PropertyValue_r, ms_nspi._Restriction_r):
        for field in structure.fields_desc:
            if isinstance(field, NDRUnionField):
                field.flds = [(Arm(arm), conditions) for arm, conditions in field.flds]
    StrNullFieldUtf16.i2len = characters


mend()


def tags(values):
    """PropertyTagArray_r, with max_count one more than the values [MS-NSPI 2.3.1.2]; nothing for nothing."""
    if values is None:
        return None
    array = NDRVaryingArray()
    array.value = list(values)
    array.explicit = 1  # or scapy would take the list for alternatives, and send the first
    return ms_nspi.PropertyTagArray_r(cValues=len(values), max_count=len(values) + 1, aulPropTag=array)


def value(tag, content):
    """A property value: text, or a list of octet strings in hexadecimal."""
    content = octet_strings(content) if isinstance(content, list) else content
    return ms_nspi._PropertyValue_r(ulPropTag=tag, Value=NDRUnion(tag=tag & 0xFFFF, value=content))


def octet_strings(strings):
    return ms_nspi.BinaryArray_r(lpbin=[ms_nspi.Binary_r(lpb=bytes.fromhex(string)) for string in strings])


def read_row(row):
    """By property tag in hexadecimal; octets in hexadecimal. Nothing for nothing."""
    values = row.valueof("lpProps") if row else ()
    return row and {"%08x" % value.ulPropTag: plain(value.ulPropTag & 0xFFFF, value.valueof("Value")) for value in values}


def plain(kind, value):
    """A value as JSON has it; text is octets of UTF-8 to scapy."""
    if kind & 0x1000:
        return [plain(kind & 0xFFF, item) for item in scalars(value)]
    if kind in (0x1E, 0x1F):
        return value.decode()
    return value if isinstance(value, int) else bytes(value.valueof("lpb") if hasattr(value, "lpb") else value).hex()


def scalars(array):
    """The items of a multiple value, whatever its array is called."""
    return array.valueof(array.fields_desc[-1].name)
