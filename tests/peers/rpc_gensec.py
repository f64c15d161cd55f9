#!/usr/bin/python3
"""Samba's own security contexts against ours: what it signs we must verify, what we sign it must verify.

usage: rpc_gensec.py PEER        PEER is rpc_gensec_peer; exit 77 without python3-samba
"""
import os
import struct
import subprocess
import sys
import tempfile

try:
    from samba import gensec, param
    from samba.credentials import DONT_USE_KERBEROS, Credentials
except ImportError:
    print("SKIP: no python3-samba")
    sys.exit(77)

NTLMSSP, SPNEGO = 10, 9
PACKET, INTEGRITY = 4, 5


class Peer:
    def __init__(self, path):
        self.p = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.p.stdin.write(line + "\n")
        self.p.stdin.flush()
        return self.p.stdout.readline().rstrip("\n").partition(" ")[::2]

    def end(self):
        self.p.stdin.close()
        return self.p.wait(timeout=20)


def client(lp, auth_type, level, signing):
    creds = Credentials()
    creds.guess(lp)
    creds.set_username("alice")
    creds.set_password("Password")
    creds.set_domain("DOM")
    creds.set_kerberos_state(DONT_USE_KERBEROS)
    g = gensec.Security.start_client({"lp_ctx": lp, "target_hostname": "localhost"})
    g.set_credentials(creds)
    g.want_feature(gensec.FEATURE_DCE_STYLE)
    if signing:
        g.want_feature(gensec.FEATURE_SIGN_PKT_HEADER)
    g.start_mech_by_authtype(auth_type, level)
    return g


def build(peer, g, auth_type, level, signing):
    assert peer.ask(f"ctx {auth_type} {level} {signing}")[0] == "ok"
    token, finished, theirs = b"", False, "more"
    while True:
        if not (finished and not token and theirs == "done"):
            finished, token = g.update(token)
        if not token:
            break
        theirs, answer = peer.ask("leg " + token.hex())
        assert theirs in ("more", "done"), (theirs, answer)
        token = bytes.fromhex(answer)
        if theirs == "done" and not token:
            break
    assert finished and theirs == "done", (finished, theirs)


def request(g, auth_type, level, stub):
    pad = -len(stub) % 16
    size = g.sig_size(len(stub) + pad)
    frag_length = 24 + len(stub) + pad + 8 + size
    pdu = struct.pack("<BBBBIHHI", 5, 0, 0, 3, 0x10, frag_length, size, 3)
    pdu += struct.pack("<IHH", len(stub), 0, 1) + stub + b"\xbb" * pad
    pdu += struct.pack("<BBBBI", auth_type, level, pad, 0, 1)
    return pdu + g.sign_packet(stub + b"\xbb" * pad, pdu)


def check(peer, lp, auth_type, level, signing):
    g = client(lp, auth_type, level, signing)
    build(peer, g, auth_type, level, signing)
    for n in list(range(0, 40)) + [1000, 5000]:
        stub = bytes((7 * i) & 255 for i in range(n))
        pdu = request(g, auth_type, level, stub)
        bad = bytearray(pdu)
        bad[22] ^= 1  # opnum: NTLM signs it whatever was agreed
        assert peer.ask("verify " + bad.hex()) == ("failed", "BAD_MIC"), n
        assert peer.ask("verify " + pdu.hex()) == ("ok", stub.hex()), n
        word, pdus = peer.ask(f"send {n}")
        got = b""
        for pdu in map(bytes.fromhex, pdus.split()):
            auth_length, = struct.unpack_from("<H", pdu, 10)
            sig, trailer = len(pdu) - auth_length, len(pdu) - auth_length - 8
            g.check_packet(pdu[24:trailer], pdu[:sig], pdu[sig:])
            got += pdu[24 : trailer - pdu[trailer + 2]]
        assert got == bytes(i & 255 for i in range(n)), n


def main():
    with tempfile.TemporaryDirectory() as home:
        conf = os.path.join(home, "smb.conf")
        with open(conf, "w") as f:
            f.write(f"[global]\nprivate dir = {home}\nlock dir = {home}\nstate directory = {home}\n")
            f.write(f"cache directory = {home}\nworkgroup = DOM\n")
        lp = param.LoadParm(filename_for_non_global_lp=conf)
        done = 0
        for auth_type in NTLMSSP, SPNEGO:
            for level in PACKET, INTEGRITY:
                for signing in 0, 1:
                    peer = Peer(sys.argv[1])
                    check(peer, lp, auth_type, level, signing)
                    assert peer.end() == 0
                    done += 1
        print(f"{done} contexts: Samba's signatures and ours verify")


main()
