#include "fallback.h"

#include "stepup_spool.h"

#include <string.h>

static bool spool(struct stepup_call *call, const char *fallback, const char *reason) {
    struct stepup_spool_failure failure = {0};
    size_t length = 0;
    stepup_call_start(call, "spool");
    stepup_wire_put_text(&call->writer, STEPUP_WIRE_KEY_PHASE, "auth");
    stepup_wire_put_text(&call->writer, STEPUP_WIRE_KEY_FALLBACK, fallback);
    stepup_wire_put_text(&call->writer, STEPUP_WIRE_KEY_REASON, reason);
    int64_t time_ms = stepup_spool_stamp(&call->writer);
    enum stepup_wire_error error = stepup_wire_finish(&call->writer, &length);
    call->used = call->writer.length;
    if (error != STEPUP_WIRE_OK) {
        STEPUP_ERROR(call->request, "no spool record: %s", stepup_wire_error_name(error));
        return false;
    }
    if (!stepup_spool_write(call->instance->spool, time_ms, call->name, call->buffer, length, &failure)) {
        const char *name = strerrorname_np(failure.error);
        STEPUP_ERROR(call->request,
                     "no spool record: cannot %s: %s; %s must be a directory that belongs to the server's user, is "
                     "writable by nobody else and has room",
                     failure.step, name == NULL ? "?" : name, call->instance->spool);
        return false;
    }
    return true;
}

rlm_rcode_t stepup_fallback(struct stepup_call *call, enum stepup_result result) {
    char reason[STEPUP_CLIENT_DESCRIPTION];
    stepup_call_describe(call, result, reason);
    // S02: only where there was no reply at all, and that was not our own fault. A call that others left no room lets
    // in where they got no reply either: else whoever slows the daemon down would decide.
    bool slow = call->passage.turned_away && !call->passage.silent;
    bool goes_on = result == STEPUP_UNANSWERED && call->instance->first_factor_suffices && !call->failure.own &&
                   !call->failure.replied && !slow;
    if (result == STEPUP_UNANSWERED) {
        goes_on = spool(call, goes_on ? "ignore" : "deny", reason) && goes_on;
    }
    STEPUP_WARN(call->request, "stepupd gave no answer (%s), request=%s: %s", reason, call->name,
                goes_on ? "the first factor alone lets in, as `unavailable = first_factor` says" : "denied");
    return goes_on ? RLM_MODULE_OK : RLM_MODULE_FAIL;
}
