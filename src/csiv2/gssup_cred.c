/* Credentials: a user name and its password; a file of hashes; somebody who knows. */
#include <csiv2/gssup_cred.h>
#include <csiv2/gssup_mech.h>
#include <csiv2/names.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a peer would refuse is refused here. */
static troth_status check_initiator(const troth_cred_source *src)
{
    const char *user = src->principal ? src->principal : "";
    troth_csi_scoped_name name;
    if (src->secret.len > TROTH_GSSUP_FIELD_MAX)
        return TROTH_LIMIT;
    if (!src->secret.len || !troth_csi_text_valid(src->secret))
        return TROTH_INVALID;
    troth_status st = troth_csi_scoped_name_read((troth_bytes){ (const uint8_t *)user, strlen(user) }, &name);
    return st == TROTH_MALFORMED ? TROTH_INVALID : st;
}

static troth_status complain(troth_cred *cred, const char *path, troth_status st, const char *what)
{
    troth_cred_complain(cred, path, 0, what);
    return st;
}

static troth_status check_size(troth_cred *cred, const char *path, int fd)
{
    struct stat info;
    if (fstat(fd, &info))
        return TROTH_IO;
    return info.st_size > TROTH_GSSUP_STORE_MAX ? complain(cred, path, TROTH_BAD_CONFIG, "is too long") : TROTH_OK;
}

static troth_status slurp(int fd, troth_writer *w)
{
    uint8_t buf[4096];
    ssize_t got = 1;
    while (got && !w->st) {
        got = read(fd, buf, sizeof buf);
        if (got < 0 && errno != EINTR)
            troth_write_fail(w, TROTH_IO);
        if (got > 0)
            troth_write_bytes(w, buf, (size_t)got);
    }
    troth_wipe(buf, sizeof buf);
    return w->st;
}

static troth_status read_text(troth_cred *cred, const char *path, troth_writer *w)
{
    int fd;
    troth_status st = troth_cred_file_open(cred, path, &fd);
    if (st)
        return st;
    st = check_size(cred, path, fd);
    if (!st)
        st = slurp(fd, w);
    close(fd);
    return st == TROTH_IO ? complain(cred, path, st, "cannot be read") : st;
}

static troth_status load(troth_cred *cred, const char *path, troth_gssup_store *ret)
{
    const troth_env *env = cred->env;
    uint8_t key[16];
    troth_gssup_complaint wrong = { 0 };
    troth_writer w = troth_writer_growing(env, TROTH_GSSUP_STORE_MAX, TROTH_LE);
    troth_status st = env->random(env->self, key, sizeof key) ? TROTH_NO_ENTROPY : read_text(cred, path, &w);
    if (!st)
        st = troth_gssup_store_read(env, (troth_bytes){ w.base, w.len }, key, ret, &wrong);
    if (wrong.what)
        troth_cred_complain(cred, path, wrong.line, wrong.what);
    troth_writer_clear(&w);
    return st;
}

static troth_status fill(troth_cred *cred, const troth_cred_source *src, troth_gssup_cred *e)
{
    e->kind = src->kind;
    e->src = src;
    if (src->kind == TROTH_CRED_PASSWORD)
        return check_initiator(src);
    if (src->kind == TROTH_CRED_CHECK)
        return src->check ? TROTH_OK : TROTH_INVALID;
    return src->path ? load(cred, src->path, &e->store) : TROTH_INVALID;
}

troth_status troth_gssup_cred_acquire(troth_cred *cred, const troth_cred_source *src, void **ret_element,
                                      troth_error *err)
{
    troth_gssup_cred *e = troth_mem_new(cred->env, sizeof *e);
    err->where = src->kind == TROTH_CRED_HASH_FILE ? "GSSUP user file" : "GSSUP credential";
    if (!e)
        return TROTH_NO_MEMORY;
    troth_status st = fill(cred, src, e);
    if (st)
        troth_gssup_cred_release(cred->env, e);
    else
        *ret_element = e;
    return st;
}

void troth_gssup_cred_release(const troth_env *env, void *element)
{
    troth_gssup_cred *e = element;
    troth_gssup_store_clear(env, &e->store);
    troth_mem_free(env, e, sizeof *e);
}

const troth_gssup_cred *troth_gssup_cred_for(const troth_cred *cred, troth_role role)
{
    for (size_t i = 0; i < cred->n_parts; i++) {
        const troth_cred_part *p = &cred->parts[i];
        if (p->mech == &troth_mech_gssup && !p->st && (p->src.kind == TROTH_CRED_PASSWORD) == (role == TROTH_INITIATOR))
            return p->element;
    }
    return NULL;
}

troth_status troth_gssup_cred_check(const troth_gssup_cred *e, troth_bytes user, troth_bytes password, bool *ret_known)
{
    char name[TROTH_GSSUP_FIELD_MAX + 1];
    if (e->kind == TROTH_CRED_HASH_FILE)
        return troth_gssup_store_check(&e->store, user, password, ret_known);
    *ret_known = true; /* he does not tell */
    if (user.len >= sizeof name)
        return TROTH_LIMIT;
    memcpy(name, user.data, user.len);
    name[user.len] = 0;
    return e->src->check(e->src->lookup_self, name, password);
}
