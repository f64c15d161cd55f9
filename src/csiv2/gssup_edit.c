/* Changing a file of users: one line is replaced, added or left out. */
#include <csiv2/gssup_store.h>
#include <csiv2/names.h>
#include <string.h>
#include <troth/gssup.h>

enum { SALT = 16, HASH = 32, FORM_MAX = 2 * TROTH_CSI_NAME_MAX };

typedef struct edit {
    uint8_t form[FORM_MAX]; /* the user's name */
    size_t form_len;
    troth_bytes user;
    const troth_gssup_hash *hash; /* NULL: out */
    bool existed;
} edit;

static troth_status make_hash(const troth_env *env, troth_bytes password, unsigned cost, troth_gssup_hash *ret)
{
    *ret = (troth_gssup_hash){ .cost = { cost, 8, 1 }, .n_salt = SALT, .n_hash = HASH };
    if (env->random(env->self, ret->salt, SALT))
        return TROTH_NO_ENTROPY;
    return troth_scrypt(password, (troth_bytes){ ret->salt, SALT }, ret->cost, ret->hash, HASH);
}

static bool is_ours(const edit *e, troth_bytes name)
{
    uint8_t form[FORM_MAX];
    troth_writer w = troth_writer_over(form, sizeof form, TROTH_LE);
    return name.len && !troth_gssup_name_write(&w, name) && w.len == e->form_len &&
           troth_ct_equal(form, e->form, w.len);
}

static void write_user(const edit *e, troth_writer *w)
{
    if (!e->hash)
        return;
    troth_write_bytes(w, e->user.data, e->user.len);
    troth_write_u8(w, ':');
    troth_gssup_hash_write(w, e->hash);
    troth_write_u8(w, '\n');
}

/* Copy all lines but the user's; a new one stands where the old one stood, or at the end. */
static troth_status rewrite(edit *e, troth_bytes text, troth_writer *w, troth_gssup_edit *ret_edit)
{
    troth_bytes line, name;
    troth_gssup_hash old;
    troth_status st = TROTH_OK;
    unsigned n_line = 0;
    while (!st && troth_gssup_line_next(&text, &line)) {
        n_line++;
        st = troth_gssup_line_read(line, &name, &old, &ret_edit->what);
        if (!st && is_ours(e, name)) {
            if (!e->existed)
                write_user(e, w);
            e->existed = true;
        } else if (!st) {
            troth_write_bytes(w, line.data, line.len);
            troth_write_u8(w, '\n');
        }
    }
    troth_wipe(&old, sizeof old);
    ret_edit->line = st ? n_line : 0;
    if (!st && !e->existed)
        write_user(e, w);
    return st ? st : w->st;
}

static bool usable(const edit *e, troth_bytes password, unsigned cost)
{
    const uint8_t *u = e->user.data;
    if (e->user.len > TROTH_CSI_NAME_MAX || !e->user.len || u[0] == '#' || memchr(u, ':', e->user.len) ||
        memchr(u, '\n', e->user.len) || memchr(u, '\r', e->user.len))
        return false; /* a line could not hold it */
    if (password.len > TROTH_GSSUP_FIELD_MAX || !troth_csi_text_valid(password))
        return false;
    return !password.len || (cost >= TROTH_GSSUP_COST_MIN && cost <= TROTH_GSSUP_COST_MAX);
}

troth_status troth_gssup_store_edit(const troth_env *env, troth_bytes text, const char *user, troth_bytes password,
                                    unsigned cost, troth_block *ret, troth_gssup_edit *ret_edit)
{
    troth_gssup_hash hash = { 0 };
    edit e = { .user = { (const uint8_t *)user, strlen(user) } };
    *ret_edit = (troth_gssup_edit){ 0 };
    cost = cost ? cost : TROTH_GSSUP_COST_DEFAULT;
    if (!usable(&e, password, cost))
        return TROTH_INVALID;
    troth_writer name = troth_writer_over(e.form, sizeof e.form, TROTH_LE);
    if (troth_gssup_name_write(&name, e.user))
        return TROTH_INVALID;
    e.form_len = name.len;
    e.hash = password.len ? &hash : NULL;
    troth_writer w = troth_writer_growing(env, TROTH_GSSUP_STORE_MAX, TROTH_LE);
    troth_status st = password.len ? make_hash(env, password, cost, &hash) : TROTH_OK;
    if (!st)
        st = rewrite(&e, text, &w, ret_edit);
    if (!st)
        st = troth_writer_take(&w, ret);
    ret_edit->existed = e.existed;
    troth_writer_clear(&w);
    troth_wipe(&hash, sizeof hash);
    return st;
}
