#include <gateway/far.h>
#include <gateway/outbox.h>

typedef struct echo {
    troth_far head;
    const troth_env *env;
    troth_outbox out;
} echo;

static void on_data(troth_far *f, troth_bytes data)
{
    troth_outbox_put(&((echo *)f)->out, data);
}

static void on_end(troth_far *f)
{
    troth_outbox_end(&((echo *)f)->out);
}

static void on_ready(troth_far *f)
{
    troth_outbox_ready(&((echo *)f)->out);
}

static void on_closed(troth_far *f, const troth_error *error)
{
    echo *e = (echo *)f;
    (void)error;
    troth_outbox_clear(&e->out);
    troth_mem_free(e->env, e, sizeof *e);
}

static const troth_far_ops ops = { on_data, on_end, on_ready, on_closed };

troth_status troth_echo_new(const troth_env *env, troth_conn *c, troth_far **ret)
{
    echo *e = troth_mem_new(env, sizeof *e);
    if (!e)
        return TROTH_NO_MEMORY;
    e->head = (troth_far){ &ops, c };
    e->env = env;
    troth_outbox_init(&e->out, env, c);
    *ret = &e->head;
    return TROTH_OK;
}
