// The module's table, by which the server finds everything. Docs/Radius.md says how to set it up.

#include "instance.h"
#include "methods.h"

extern __attribute__((visibility("default"))) module_t rlm_stepup;

module_t rlm_stepup = {
    .magic = RLM_MODULE_INIT,
    .name = "stepup",
    .type = RLM_TYPE_THREAD_SAFE | RLM_TYPE_HUP_SAFE,
    .inst_size = sizeof(struct stepup_instance),
    .instantiate = stepup_instance_make,
    .detach = stepup_instance_end,
    .methods =
        {
            [MOD_AUTHORIZE] = stepup_authorize,
            [MOD_AUTHENTICATE] = stepup_authenticate,
            [MOD_ACCOUNTING] = stepup_accounting,
            [MOD_POST_AUTH] = stepup_post_auth,
        },
};
