/* All lines of a store, and the question that it is asked. */
#include <base/siphash.h>
#include <csiv2/gssup_store.h>
#include <csiv2/names.h>
#include <stdlib.h>
#include <string.h>

enum { FORM_MAX = 2 * TROTH_CSI_NAME_MAX }; /* octets of a name in its one form */

static int compare(const uint8_t *a, size_t na, const uint8_t *b, size_t nb)
{
    int order = memcmp(a, b, na < nb ? na : nb);
    return order ? order : (na > nb) - (na < nb);
}

static int by_name(const void *a, const void *b)
{
    const troth_gssup_user *x = a, *y = b;
    return compare(x->name.data, x->name.len, y->name.data, y->name.len);
}

static troth_status add(const troth_env *env, troth_gssup_store *s, troth_bytes name, const troth_gssup_hash *hash,
                        unsigned line)
{
    uint8_t form[FORM_MAX];
    troth_writer w = troth_writer_over(form, sizeof form, TROTH_LE);
    troth_status st = troth_gssup_name_write(&w, name);
    if (st)
        return st;
    if (s->n == s->room) {
        size_t room = s->room ? s->room * 2 : 16;
        troth_gssup_user *users = troth_mem_grow(env, s->users, s->room * sizeof *s->users, room * sizeof *s->users);
        if (!users)
            return TROTH_NO_MEMORY;
        s->users = users;
        s->room = room;
    }
    troth_gssup_user *u = &s->users[s->n];
    st = troth_mem_keep(env, form, w.len, &u->name);
    if (st)
        return st;
    u->hash = *hash;
    u->line = line;
    s->n++;
    return TROTH_OK;
}

void troth_gssup_store_clear(const troth_env *env, troth_gssup_store *s)
{
    for (size_t i = 0; i < s->n; i++)
        troth_mem_drop(env, &s->users[i].name);
    troth_mem_free(env, s->users, s->room * sizeof *s->users);
    troth_wipe(s, sizeof *s);
}

static troth_status complain(troth_gssup_complaint *ret, unsigned line, const char *what)
{
    *ret = (troth_gssup_complaint){ line, what };
    return TROTH_BAD_CONFIG;
}

static troth_status sort(troth_gssup_store *s, troth_gssup_complaint *ret_complaint)
{
    if (!s->n)
        return complain(ret_complaint, 0, "names no user");
    qsort(s->users, s->n, sizeof *s->users, by_name);
    for (size_t i = 1; i < s->n; i++) {
        unsigned a = s->users[i - 1].line, b = s->users[i].line;
        if (!by_name(&s->users[i - 1], &s->users[i]))
            return complain(ret_complaint, a > b ? a : b, "the user stands twice in the file");
    }
    return TROTH_OK;
}

troth_status troth_gssup_store_read(const troth_env *env, troth_bytes text, const uint8_t key[16],
                                    troth_gssup_store *ret, troth_gssup_complaint *ret_complaint)
{
    troth_gssup_store s = { 0 };
    troth_gssup_hash hash;
    troth_bytes line, name;
    unsigned n_line = 0;
    troth_status st = TROTH_OK;
    memcpy(s.key, key, sizeof s.key);
    while (!st && troth_gssup_line_next(&text, &line)) {
        const char *what = NULL;
        n_line++;
        st = troth_gssup_line_read(line, &name, &hash, &what);
        if (st)
            st = complain(ret_complaint, n_line, what);
        else if (name.len)
            st = add(env, &s, name, &hash, n_line);
    }
    troth_wipe(&hash, sizeof hash);
    if (!st)
        st = sort(&s, ret_complaint);
    if (st)
        troth_gssup_store_clear(env, &s);
    else
        *ret = s;
    return st;
}

/* The user of this name, else somebody in his place: whose line it is, nobody outside can tell or choose. */
static const troth_gssup_user *find(const troth_gssup_store *s, const uint8_t *name, size_t n, bool *ret_known)
{
    size_t low = 0, high = s->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = compare(s->users[mid].name.data, s->users[mid].name.len, name, n);
        if (!order) {
            *ret_known = true;
            return &s->users[mid];
        }
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    *ret_known = false;
    return &s->users[troth_siphash(s->key, name, n) % s->n];
}

troth_status troth_gssup_store_check(const troth_gssup_store *s, troth_bytes user, troth_bytes password,
                                     bool *ret_known)
{
    uint8_t form[FORM_MAX], made[TROTH_GSSUP_HASH_MAX];
    troth_writer w = troth_writer_over(form, sizeof form, TROTH_LE);
    bool known = false, named = !troth_gssup_name_write(&w, user); /* a name that names nobody is nobody's */
    const troth_gssup_user *u = find(s, form, named ? w.len : 0, &known);
    const troth_gssup_hash *h = &u->hash;
    troth_status st = troth_scrypt(password, (troth_bytes){ h->salt, h->n_salt }, h->cost, made, h->n_hash);
    bool same = !st && troth_ct_equal(made, h->hash, h->n_hash);
    troth_wipe(made, sizeof made);
    *ret_known = known;
    if (st)
        return st;
    return same && known ? TROTH_OK : TROTH_DENIED;
}
