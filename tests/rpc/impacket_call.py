#!/usr/bin/python3
"""ept_lookup by impacket's client, authenticated by NTLM: impacket_call.py LEVEL; environment as for raw.py."""
import os
import sys

from impacket.dcerpc.v5 import epm, rpcrt, transport

LEVELS = {'connect': rpcrt.RPC_C_AUTHN_LEVEL_CONNECT, 'packet': rpcrt.RPC_C_AUTHN_LEVEL_PKT,
          'integrity': rpcrt.RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, 'privacy': rpcrt.RPC_C_AUTHN_LEVEL_PKT_PRIVACY}
AT_A_TIME = 2


def entries(dce):
    """All of them, few at a time, so that the handle has to go to and fro."""
    request, count = epm.ept_lookup(), 0
    request['inquiry_type'], request['object'], request['Ifid'] = 0, epm.NULL, epm.NULL
    request['vers_option'], request['max_ents'] = epm.RPC_C_VERS_ALL, AT_A_TIME
    handle = epm.ept_lookup_handle_t()
    while True:
        request['entry_handle'] = handle
        try:
            reply = dce.request(request)
        except rpcrt.DCERPCException as e:
            if count and 'ept_s_not_registered' in str(e):  # how Samba tells that there are no more
                return count
            raise
        count += reply['num_ents']
        handle = reply['entry_handle']
        if handle.isNull():
            return count


def main(level):
    e = os.environ
    rpc = transport.DCERPCTransportFactory(f"ncacn_ip_tcp:{e['TARGET_HOSTNAME']}[135]")
    rpc.set_connect_timeout(10)
    rpc.set_credentials(e['USERNAME'], e['PASSWORD'], e['DOMAIN'])
    dce = rpc.get_dce_rpc()
    dce.set_auth_type(rpcrt.RPC_C_AUTHN_WINNT)
    dce.set_auth_level(LEVELS[level])
    dce.connect()
    dce.bind(epm.MSRPC_UUID_PORTMAP)
    count = entries(dce)
    print(count, 'entries')
    dce.disconnect()
    return 0 if count > AT_A_TIME else 1


sys.exit(main(sys.argv[1]))
