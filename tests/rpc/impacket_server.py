#!/usr/bin/python3
"""impacket's server, which knows no authentication: opnum 0 of one interface gives its stub back. Prints "ready PORT"."""
import sys

from impacket.dcerpc.v5 import rpcrt
from impacket.uuid import uuidtup_to_bin


class Server(rpcrt.DCERPCServer):
    def __init__(self):
        super().__init__()
        self.addCallbacks(('d12c0a5e-3a6b-4f0e-9d51-7a105bc84299', '1.0'), '\\PIPE\\echo', {0: self.echo})
        self.setListenPort(0)

    @staticmethod
    def echo(data):
        return data


def main():
    server = Server()
    print('ready', server.getListenPort(), flush=True)
    server.start()
    server.join()


if __name__ == '__main__':
    sys.exit(main())
