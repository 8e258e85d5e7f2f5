"""impacket's transport and association, with a hand on the octets: so that it tells refusals apart, and can cheat."""

import struct

from impacket.dcerpc.v5 import rpcrt, transport

from commands import Refused

LEVELS = {"none": 1, "connect": 2, "packet": 4, "integrity": 5, "privacy": 6}
TIMEOUT = 20  # seconds, for each read


class Wire(transport.TCPTransport):
    """TCP, with a hand on the octets: impacket neither joins groups nor tells a fault's number, nor does it cheat."""

    def __init__(self, port, group=0):
        super().__init__("127.0.0.1", port)
        self.set_connect_timeout(TIMEOUT)
        self.group = group  # the association group that the next bind asks for
        self.withheld = False  # whether the next PDU gets lost on its way
        self.flip = None  # which octet of the next PDU gets another lowest bit; negative: counted from the end
        self.sent = []  # the PDUs of the last call
        self.said = []  # all PDUs
        self.received = b""  # what came since

    def send(self, pdu, forceWriteAndx=0, forceRecv=0):
        pdu = bytearray(pdu)
        if pdu[2] == rpcrt.MSRPC_BIND:
            struct.pack_into("<L", pdu, 20, self.group)
        if self.flip is not None:
            pdu[self.flip] ^= 1
            self.flip = None
        if self.received:
            self.sent, self.received = [], b""
        self.sent.append(bytes(pdu))
        self.said.append(bytes(pdu))
        if self.withheld:
            self.withheld = False
            return
        try:
            self.get_socket().sendall(pdu)
        except ConnectionError as reason:
            raise Refused(closed=str(reason))

    def recv(self, forceRecv=0, count=0):
        octets = b""
        try:
            while len(octets) < max(count, 1):
                more = self.get_socket().recv(count - len(octets) if count else 8192)
                if not more:
                    raise Refused(closed="end of stream")
                octets += more
        except ConnectionError as reason:
            raise Refused(closed=str(reason))
        self.received += octets
        return octets

    def refusal(self):
        """What the last PDU received says, if it is a refusal; impacket's exceptions have only a sentence."""
        last, rest = b"", self.received
        while rest:
            frag_length = struct.unpack_from("<H", rest, 8)[0]
            last, rest = rest[:frag_length], rest[frag_length:]
        match last[2] if last else None:
            case rpcrt.MSRPC_FAULT:
                return Refused(fault=struct.unpack_from("<L", last, 24)[0])
            case rpcrt.MSRPC_BINDNAK:
                return Refused(nak=struct.unpack_from("<H", last, 16)[0])
            case rpcrt.MSRPC_BINDACK:
                return Refused(rejected=rpcrt.MSRPCBindAck(last).getCtxItem(1)["Reason"])
        return None


class Association(rpcrt.DCERPC_v5):
    """impacket's own, with refusals that can be told apart."""

    def __init__(self, wire):
        super().__init__(wire)
        self.wire = wire
        self.packet = False  # whether to say packet where impacket says integrity

    def bind(self, *arguments, **more):
        return self.refused_or(super().bind, *arguments, **more)

    def send(self, data):
        # One thread, one call at a time: so the class may be changed under impacket's hands.
        rpcrt.SEC_TRAILER = PacketTrailer if self.packet else PacketTrailer.__base__
        return super().send(data)

    def recv(self):
        return self.refused_or(super().recv)

    def refused_or(self, what, *arguments, **more):
        rpcrt.SEC_TRAILER = PacketTrailer if self.packet else PacketTrailer.__base__
        try:
            return what(*arguments, **more)
        except rpcrt.DCERPCException as reason:
            raise self.wire.refusal() or reason


class PacketTrailer(rpcrt.SEC_TRAILER):
    """impacket signs at levels integrity and privacy only. Level packet is the former under another number."""

    def __setitem__(self, key, value):
        packet = key == "auth_level" and value == LEVELS["integrity"]
        super().__setitem__(key, LEVELS["packet"] if packet else value)
