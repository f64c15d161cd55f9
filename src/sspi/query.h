/* sspi/query.h: QueryContextAttributes. */
#ifndef TROTH_SSPI_QUERY_H
#define TROTH_SSPI_QUERY_H

#include <sspi/context.h>
#include <sspi/process.h>

/* A query being answered: what is allocated for it goes again when it fails. */
typedef struct troth_sspi_query {
    troth_sspi_context *c;
    troth_facts facts;
    bool wide, no_memory;
    void *blocks[4];
    size_t n_blocks;
} troth_sspi_query;

/*
 * What can be asked.
 *
 * size   octets that ret gets on success, at most TROTH_SSPI_ATTRIBUTE_MAX, and nothing before
 * early  sizes: a datagram context that is usable may be asked, too, and a stream that a record has broken
 */
typedef struct troth_sspi_attribute {
    uint32_t number;
    SECURITY_STATUS (*answer)(troth_sspi_query *, void *ret);
    size_t size;
    bool early;
} troth_sspi_attribute;

enum { TROTH_SSPI_ATTRIBUTE_MAX = 768 };

/* A string, octets or a package's description for the caller; NULL = no memory, which the query remembers. */
void *troth_sspi_query_text(troth_sspi_query *q, const char *utf8, bool wide);
void *troth_sspi_query_octets(troth_sspi_query *q, const void *p, size_t n);
void *troth_sspi_query_room(troth_sspi_query *q, size_t n);
void *troth_sspi_query_package(troth_sspi_query *q, const troth_sspi_package *package);
/* The token object of who the peer is; see TROTH_SSPI_TOKEN. */
void *troth_sspi_query_token(troth_sspi_query *q);

/* The names of the client and of the server, "" when they are not known. */
const char *troth_sspi_query_client(const troth_sspi_query *q);
const char *troth_sspi_query_server(const troth_sspi_query *q);
/* The service that the client named: its own word, NTLM's pair for it, or whom the ticket was made for. */
const char *troth_sspi_query_target(const troth_sspi_query *q);

#endif
