#!/usr/bin/env bash
# An Active Directory domain controller (Samba's) with a network of its own: KDC, LDAP directory, DCE/RPC server. Needs root.
#
#   domain_controller.sh serve DIR [USERS]    makes it in DIR, says `ready NAMESPACE`; when standard input ends, stops it
#                                             and removes DIR
#   domain_controller.sh start DIR [USERS]    makes it, leaves it running
#   domain_controller.sh exec DIR COMMAND ..  runs a command in its network namespace, where 127.0.0.1 is the controller
#   domain_controller.sh stop DIR             stops it and removes the namespace; DIR stays
#
# DIR must not exist yet. The domain is ACME, the realm ACME.TEST, the controller dc1.acme.test; about 10 seconds to start.
#   ports       LDAP 389, 636, 3268, 3269; KDC 88; endpoint mapper 135; DCE/RPC from 49152 on. No SMB, no DNS.
#   addresses   127.0.0.1 is dc1.acme.test; 127.0.0.2 is mail.acme.test, where all ports are free for a server under test
#   accounts    alice (Passw0rd!A), bob (Passw0rd!B), Administrator (Passw0rd!AD), user0001.. (without password),
#               svc-nspi (Passw0rd!S): the account of the server under test
#   DIR         krb5.conf; nspi.keytab: host/, ldap/ and exchangeAB/ at mail and mail.acme.test, svc-nspi;
#               alice.keytab; etc/smb.conf, private/sam.ldb, log/
# Packages: see interop/install. Tried with Samba 4.17.12 of Debian 12.
set -euo pipefail

usage() { sed -n 's/^# \{0,1\}//; 2,/^Packages/p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
verb=$1 dir=$(realpath -m "$2")
shift 2
namespace=adc-$(printf %s "$dir" | cksum | cut -d' ' -f1)
hosts=(mail mail.acme.test)
services=(host ldap exchangeAB)
sam=(-H "$dir/private/sam.ldb" -s "$dir/etc/smb.conf")

inside() { ip netns exec "$namespace" env KRB5_CONFIG="$dir/krb5.conf" "$@"; }

make_namespace() {
    ip netns add "$namespace"
    ip -n "$namespace" link set lo up
    mkdir -p "/etc/netns/$namespace" # `ip netns exec` lays these files over those of /etc
    printf '127.0.0.1 localhost dc1.acme.test dc1\n127.0.0.2 mail.acme.test mail\n' >"/etc/netns/$namespace/hosts"
    : >"/etc/netns/$namespace/resolv.conf"
}

provision() {
    mkdir -p "$dir/run/ncalrpc" "$dir/run/winbindd" "$dir/log"
    inside samba-tool domain provision --targetdir="$dir" --realm=ACME.TEST --domain=ACME --server-role=dc \
        --host-name=dc1 --host-ip=127.0.0.1 --adminpass='Passw0rd!AD' --dns-backend=SAMBA_INTERNAL --use-rfc2307 \
        --option='interfaces=127.0.0.1/32 ::1/128' --option='bind interfaces only=yes' >"$dir/log/provision" 2>&1
    # Nothing of the machine's own Samba is touched: every directory is in DIR.
    sed -i -E '/^\s*(log file|dns forwarder|interfaces|lock directory)\b/d' "$dir/etc/smb.conf"
    local settings="[global]
	server services = rpc, ldap, cldap, kdc
	interfaces = 127.0.0.1/32 ::1/128
	lock directory = $dir
	pid directory = $dir/run
	ncalrpc dir = $dir/run/ncalrpc
	winbindd socket directory = $dir/run/winbindd
	ntp signd socket directory = $dir/run/ntp
	log file = $dir/log/log.%m
	log level = 1
	dns update command = /bin/true
	spn update command = /bin/true
	ldap server require strong auth = no
	allow dcerpc auth level connect:epmapper = yes"
    printf '%s\n' "$settings" "$(sed '/^\[global\]/d' "$dir/etc/smb.conf")" >"$dir/etc/smb.conf.new"
    mv "$dir/etc/smb.conf.new" "$dir/etc/smb.conf"
    cat >"$dir/krb5.conf" <<KRB5
[libdefaults]
 default_realm = ACME.TEST
 dns_lookup_realm = false
 dns_lookup_kdc = false
 rdns = false
 dns_canonicalize_hostname = false
[realms]
 ACME.TEST = {
  kdc = 127.0.0.1
 }
[domain_realm]
 .acme.test = ACME.TEST
 acme.test = ACME.TEST
KRB5
}

add_accounts() {
    samba-tool domain passwordsettings set --complexity=off --min-pwd-age=0 --max-pwd-age=0 --history-length=0 "${sam[@]}"
    /usr/bin/python3 - "$dir/etc/smb.conf" "$dir/private/sam.ldb" "$1" <<'PYTHON'
import sys
from samba import param
from samba.auth import system_session
from samba.samdb import SamDB

conf, url, users = sys.argv[1:]
settings = param.LoadParm()
settings.load(conf)
directory = SamDB(url=url, lp=settings, session_info=system_session(settings))
people = f"CN=Users,{directory.domain_dn()}"
directory.transaction_start()
for name, given, password in (("alice", "Alice", "Passw0rd!A"), ("bob", "Bob", "Passw0rd!B")):
    directory.newuser(name, password, givenname=given, surname="Example", mailaddress=f"{name}@acme.test")
for number in range(1, int(users) + 1):
    name = f"user{number:04}"
    directory.add({
        "dn": f"CN=User {number:04},{people}",
        "objectClass": "user",
        "sAMAccountName": name,
        "displayName": f"User {number:04}",
        "mail": f"{name}@acme.test",
        "proxyAddresses": f"SMTP:{name}@acme.test",
        "title": "Tester",
        "department": f"Dept {number % 7}",
    })
directory.newuser("svc-nspi", "Passw0rd!S")
# 28: RC4 and both AES types. Without it, tickets for the account would be RC4 alone.
directory.modify_ldif(f"""dn: CN=svc-nspi,{people}
changetype: modify
replace: msDS-SupportedEncryptionTypes
msDS-SupportedEncryptionTypes: 28
""")
directory.transaction_commit()
PYTHON
    export_keytab nspi.keytab svc-nspi
    for service in "${services[@]}"; do
        for host in "${hosts[@]}"; do
            samba-tool spn add "$service/$host" svc-nspi "${sam[@]}"
            export_keytab nspi.keytab "$service/$host"
        done
    done
    export_keytab alice.keytab alice
}

export_keytab() { samba-tool domain exportkeytab "$dir/$1" --principal="$2" -s "$dir/etc/smb.conf"; }

claim() {
    [ ! -e "$dir" ] || { echo "$dir is there already; give a directory that is not" >&2; exit 1; }
    mkdir -p "$dir/log"
}

start() {
    make_namespace
    provision
    add_accounts "${1:-20}" >"$dir/log/accounts" 2>&1
    inside samba -F -M single -s "$dir/etc/smb.conf" </dev/null >"$dir/log/stdout" 2>&1 &
    local tries=0
    until inside bash -c 'for port in 389 88 135; do : <>"/dev/tcp/127.0.0.1/$port" || exit 1; done' 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 150 ] || { echo "the controller does not answer" >&2; return 1; }
        sleep 0.2
    done
}

# Ends whatever runs in the namespace, which is this controller's alone.
stop() {
    local processes
    for signal in TERM KILL; do
        for _ in $(seq 20); do
            processes=$(ip netns pids "$namespace" 2>/dev/null || true)
            [ -n "$processes" ] || break 2
            # shellcheck disable=SC2086 # one word a process
            kill "-$signal" $processes 2>/dev/null || true
            sleep 0.1
        done
    done
    ip netns delete "$namespace" 2>/dev/null || true
    rm -rf "/etc/netns/$namespace"
}

case $verb in
start)
    claim
    start "$@"
    echo "ready $namespace"
    ;;
serve)
    claim
    trap 'tail -n 20 "$dir"/log/* >&2; stop; rm -rf "$dir"' EXIT
    start "$@"
    trap 'stop; rm -rf "$dir"' EXIT
    echo "ready $namespace"
    cat >/dev/null # until whoever started it is gone, in whatever way
    ;;
exec) inside "$@" ;;
stop) stop ;;
*) usage ;;
esac
