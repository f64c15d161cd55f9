#!/usr/bin/python3
"""samba_provision.py DIRECTORY ADMIN-PASSWORD-FILE: the domain of samba_dc.py.

As `samba-tool domain provision` does, but for the access lists of the sysvol share, which only root may set, and which
nobody looks at here.
"""
import logging
import sys

import samba.dsdb
import samba.param
from samba.auth import system_session
from samba.provision import FILL_FULL, provision


def main(top, password_file):
    base = f'{top}/base.conf'
    with open(base, 'w', encoding='utf-8') as f:
        f.write(f'[global]\n    log file = {top}/log/provision.log\n    interfaces = lo\n    bind interfaces only = yes\n')
    lp = samba.param.LoadParm()
    lp.load(base)
    with open(password_file, encoding='utf-8') as f:
        password = f.read().strip()
    provision(logging.getLogger('provision'), system_session(lp), smbconf=base, targetdir=top, samdb_fill=FILL_FULL,
              realm='SAMBA.TEST', domain='SAMBATEST', hostname='dc1', hostip='127.0.0.1', adminpass=password,
              dns_backend='NONE', serverrole='active directory domain controller', skip_sysvolacl=True,
              dom_for_fun_level=samba.dsdb.DS_DOMAIN_FUNCTION_2008_R2, lp=lp)


main(sys.argv[1], sys.argv[2])
