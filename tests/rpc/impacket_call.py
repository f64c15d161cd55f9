#!/usr/bin/python3
"""One authenticated ept_lookup by impacket's client: impacket_call.py LEVEL MECHANISM; environment as for raw.py."""
import os
import sys

from impacket.dcerpc.v5 import epm, transport
from impacket.dcerpc.v5 import rpcrt

LEVELS = {'connect': rpcrt.RPC_C_AUTHN_LEVEL_CONNECT, 'packet': rpcrt.RPC_C_AUTHN_LEVEL_PKT,
          'integrity': rpcrt.RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, 'privacy': rpcrt.RPC_C_AUTHN_LEVEL_PKT_PRIVACY}


def main(level, mechanism):
    e = os.environ
    e['KRB5CCNAME'] = e.get('KRB5CCNAME', '').removeprefix('FILE:')
    rpc = transport.DCERPCTransportFactory(f"ncacn_ip_tcp:{e['TARGET_HOSTNAME']}[135]")
    rpc.set_connect_timeout(10)
    rpc.setRemoteHost('127.0.0.1')
    if mechanism == 'ntlm':
        rpc.set_credentials(e['USERNAME'], e['PASSWORD'], e['DOMAIN'])
    else:
        rpc.set_credentials(e['USERNAME'], e['PASSWORD'], e['REALM'])
        rpc.set_kerberos(True, os.environ.get('PEER_KDC', '127.0.0.1'))
    dce = rpc.get_dce_rpc()
    dce.set_auth_type(rpcrt.RPC_C_AUTHN_WINNT if mechanism == 'ntlm' else rpcrt.RPC_C_AUTHN_GSS_NEGOTIATE)
    dce.set_auth_level(LEVELS[level])
    dce.connect()
    entries = epm.hept_lookup(None, dce=dce)  # binds, too
    print(len(entries), 'entries')
    dce.disconnect()
    return 0 if entries else 1


sys.exit(main(sys.argv[1], sys.argv[2]))
