"""Samba's own conformance tests of the DCE/RPC layer, against any server.

The tests are `samba.tests.dcerpc.raw_protocol` as Debian's python3-samba installs it (written against 4.17.12); nothing
of them is copied here, and Samba's licence, GPL 3 or later, is theirs. They speak PDU by PDU and expect what Windows
answers: each status, flag, fragment size and disconnect. Needs the interpreter that python3-samba is for, usually
/usr/bin/python3. The last line says `N passed, M failed`; the exit status is 0 if some passed and none failed.

The server needs, on its endpoint mapper's port, the endpoint mapper and remote management, both for anyone, with NTLM
and SPNEGO, anonymous logons included. Of the 194 tests

  12  go through named pipes of SMB: never run
  16  call netlogon, for the sake of a stub that can be cut into fragments: run with `is_server_listening` of remote
      management in its place, or as they are with --netlogon
  11  need Kerberos: run with --krb5
   3  expect what Windows answers and Samba does not (its list `knownfail`): their failure counts with --strict only

The tests expect port 135. With another one (--epmport) they are made to believe that it is: where a bind_ack names the
port, that is compared here and then replaced.
"""

import argparse
import collections
import multiprocessing
import os
import sys
import tempfile
import unittest

SMB = {"assoc_group_ok2", "assoc_group_fail3", "lsa_multi_auth_sign_connect1u", "lsa_multi_auth_sign_connect1a"} | {
    f"lsa_multi_auth_connect{number}{who}" for number in (1, 2, 3, 4) for who in "ua"
}
KRB5 = {
    "krb5_signing_packet",
    "krb5_hdr_signing_packet",
    "krb5_signing_integrity",
    "krb5_hdr_signing_integrity",
    "krb5_hdr_sign_delayed1_ok1",
    "krb5_hdr_sign_delayed1_fail1",
    "krb5_hdr_sign_delayed2_ok1",
    "krb5_hdr_sign_delayed2_fail1",
    "krb5_hdr_sign_delayed3_fail1",
    "spnego_multiple_auth_hdr_signing",
    "spnego_change_auth_type1",
}
WINDOWS_ONLY = {"no_auth_presentation_ctx_invalid4", "spnego_change_auth_type2", "spnego_change_transfer"}
SLOW = "fragmented_requests"  # 4 MiB each, and a wait for silence after each fragment

EPM_PORT = "135"
NETR_SERVER_REQ_CHALLENGE, IS_SERVER_LISTENING = 4, 2


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name, default in (
        ("host", "127.0.0.1"),
        ("epmport", EPM_PORT),
        ("user", "alice"),
        ("password", "Passw0rd!A"),
        ("domain", "ACME"),
        ("realm", "ACME.TEST"),
        ("target", "localhost"),
    ):
        parser.add_argument("--" + name, default=os.environ.get(name.upper(), default), help=f"[{default}]")
    parser.add_argument("--only", default="", help="tests whose names contain one of these, with commas between")
    parser.add_argument("--jobs", type=int, default=4, help="tests at a time [4]")
    parser.add_argument("--max-num-auth", default="", help="security contexts that a connection may have [2049]")
    parser.add_argument("--krb5", action="store_true", help="run the tests that need Kerberos")
    parser.add_argument("--netlogon", action="store_true", help="the server has netlogon")
    parser.add_argument("--strict", action="store_true", help="count the tests that Samba itself fails")
    parser.add_argument("--verbose", action="store_true", help="print tracebacks")
    return parser.parse_args()


def configure(options, directory):
    """The tests read the environment, Samba's library reads a file."""
    conf = os.path.join(directory, "smb.conf")
    with open(conf, "w") as file:
        print(f"[global]\nworkgroup = {options.domain}\nrealm = {options.realm}\nnetbios name = RAWCLIENT", file=file)
        for kind in ("private dir", "lock directory", "state directory", "cache directory", "pid directory"):
            print(f"{kind} = {directory}", file=file)
    os.environ.update(
        SERVER=options.host,
        TARGET_HOSTNAME=options.target,
        DOMAIN=options.domain,
        REALM=options.realm,
        USERNAME=options.user,
        PASSWORD=options.password,
        SMB_CONF_PATH=conf,
        IGNORE_RANDOM_PAD="1",
    )
    if options.max_num_auth:
        os.environ["MAX_NUM_AUTH"] = options.max_num_auth


def adapt(options):
    """The tests' class, for this server's port and interfaces."""
    import samba.dcerpc.base as base
    import samba.dcerpc.dcerpc as dcerpc
    import samba.dcerpc.mgmt as mgmt
    from samba.tests.dcerpc import raw_protocol
    from samba.tests.dcerpc.raw_testcase import RawDCERPCTest

    connect = RawDCERPCTest.connect
    recv_pdu_raw = RawDCERPCTest.recv_pdu_raw

    def connect_to_epmport(self):
        self.mapped = self.primary_address == EPM_PORT != options.epmport
        if not self.mapped:
            return connect(self)
        self.primary_address = options.epmport
        connect(self)
        self.primary_address = self.secondary_address = EPM_PORT
        self.tcp_port = int(EPM_PORT)

    def recv_pdu_from_epmport(self, *args, **kwargs):
        reply, octets = recv_pdu_raw(self, *args, **kwargs)
        if self.mapped and reply is not None and reply.ptype == dcerpc.DCERPC_PKT_BIND_ACK:
            self.assertEqual(reply.u.secondary_address, options.epmport)
            self.assertEqual(reply.u.secondary_address_size, len(options.epmport) + 1)
            reply.u.secondary_address = EPM_PORT
            reply.u.secondary_address_size = len(EPM_PORT) + 1
            reply.u._pad1 = b"\0\0"
        return reply, octets

    RawDCERPCTest.connect = connect_to_epmport
    RawDCERPCTest.recv_pdu_raw = recv_pdu_from_epmport

    tests = raw_protocol.TestDCERPC_BIND
    if options.netlogon:
        return tests
    generate_request = RawDCERPCTest.generate_request
    recv_pdu = RawDCERPCTest.recv_pdu

    def mgmt_in_place_of_netlogon(self):
        self.in_place = True
        syntaxes = mgmt.abstract_syntax(), base.transfer_syntax_ndr()
        ctx, ack = self.prepare_presentation(*syntaxes, context_id=0, return_ack=True)
        return ctx, ack, b"\0" * 64

    def generate_request_in_place(self, *args, **kwargs):
        if getattr(self, "in_place", False) and kwargs.get("opnum") == NETR_SERVER_REQ_CHALLENGE:
            kwargs["opnum"] = IS_SERVER_LISTENING
        return generate_request(self, *args, **kwargs)

    def recv_pdu_in_place(self, *args, **kwargs):
        reply = recv_pdu(self, *args, **kwargs)
        if getattr(self, "in_place", False) and reply is not None and reply.ptype == dcerpc.DCERPC_PKT_RESPONSE:
            # A status and whether the server listens; the tests want the status behind 8 octets.
            reply.u.stub_and_verifier = b"\0" * 8 + reply.u.stub_and_verifier[:4]
        return reply

    tests._get_netlogon_ctx = mgmt_in_place_of_netlogon
    tests.generate_request = generate_request_in_place
    tests.recv_pdu = recv_pdu_in_place
    return tests


def run(name):
    """Runs one test; says how it went, and why."""
    result = unittest.TestResult()
    TESTS(name).run(result)
    for _, trace in result.failures + result.errors:
        return name, "not ok", trace
    return name, "skip" if result.skipped else "ok", ""


def main(options):
    every = unittest.TestLoader().getTestCaseNames(TESTS)
    wanted = [name for name in every if any(part in name for part in options.only.split(","))]
    skipped = {"test_" + name for name in SMB | (set() if options.krb5 else KRB5)}
    names = sorted((name for name in wanted if name not in skipped), key=lambda name: SLOW not in name)
    tally = collections.Counter()
    with multiprocessing.get_context("fork").Pool(options.jobs, quieten) as pool:
        for name, outcome, trace in pool.imap_unordered(run, names):
            if outcome == "not ok" and name.removeprefix("test_") in WINDOWS_ONLY and not options.strict:
                outcome = "known"
            tally[outcome] += 1
            why = trace.strip().rsplit("\n", 1)[-1]
            print(f"{outcome:7} {name}" + (f": {why}" if why else ""), flush=True)
            if trace and options.verbose:
                print(trace)
    print(f"{len(wanted) - len(names)} not applicable, {tally['skip']} skipped, {tally['known']} known")
    print(f"{tally['ok']} passed, {tally['not ok']} failed")
    return 0 if tally["ok"] and not tally["not ok"] else 1


def quieten():
    """The tests print each PDU that they wait for."""
    sys.stderr = open(os.devnull, "w")


if __name__ == "__main__":
    OPTIONS = arguments()
    with tempfile.TemporaryDirectory() as directory:
        configure(OPTIONS, directory)
        TESTS = adapt(OPTIONS)
        sys.exit(main(OPTIONS))
