/* cli/iiop_refs.h: object references in files: read for what they say of security, written with another address. */
#ifndef TROTH_CLI_IIOP_REFS_H
#define TROTH_CLI_IIOP_REFS_H

#include <cli/options.h>
#include <troth/csi.h>

/* A reference read from a file, or "IOR:..." itself. About 64 KiB. */
typedef struct troth_cli_ref {
    uint8_t octets[TROTH_IOR_OCTETS_MAX];
    size_t len;
} troth_cli_ref;

/* Read one; complains on stderr. */
bool troth_cli_ref_read(const char *command, const char *file_or_text, troth_cli_ref *ret);
/*
 * The contents of its component 33, of the first IIOP profile that has one; len 0 = none has. A view into ref. False: the
 * reference cannot be read.
 */
bool troth_cli_ref_mech_list(const troth_cli_ref *ref, troth_bytes *ret);
/*
 * Write references anew: each item is "IN=OUT", two names of files. Complains on stderr; false = one of them failed.
 *
 * changes  address and components
 */
bool troth_cli_refs_write(const char *command, const troth_cli_list *items, const troth_ior_changes *changes);
/* Split "HOST:PORT" or "[IPv6]:PORT" into a host and a number; false: neither form, or port 0. */
bool troth_cli_read_host_port(const char *address, char *ret_host, size_t size, uint16_t *ret_port);

#endif
