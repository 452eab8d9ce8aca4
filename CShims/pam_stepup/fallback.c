#define _GNU_SOURCE
#include "fallback.h"

#include "log.h"
#include "stepup_spool.h"

#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static bool spool(struct stepup_call *call, enum stepup_phase phase, const char *fallback, const char *reason) {
    struct stepup_wire_writer writer;
    struct stepup_spool_failure failure = {0};
    size_t length = 0;
    stepup_wire_start(&writer, call->buffer, sizeof call->buffer, "spool");
    stepup_facts_put_who(&call->facts, &writer);
    stepup_wire_put_text(&writer, STEPUP_WIRE_KEY_PHASE, phase == STEPUP_PHASE_AUTH ? "auth" : "account");
    stepup_wire_put_text(&writer, STEPUP_WIRE_KEY_FALLBACK, fallback);
    stepup_wire_put_text(&writer, STEPUP_WIRE_KEY_REASON, reason);
    int64_t time_ms = stepup_spool_stamp(&writer);
    stepup_facts_put_source(&call->facts, &writer);
    enum stepup_wire_error error = stepup_wire_finish(&writer, &length);
    if (error != STEPUP_WIRE_OK) {
        pam_syslog(call->pamh, LOG_ERR, "no spool record: %s", stepup_wire_error_name(error));
        return false;
    }
    if (!stepup_spool_write(call->arguments.spool, time_ms, call->facts.request, call->buffer, length, &failure)) {
        const char *name = strerrorname_np(failure.error);
        pam_syslog(call->pamh, LOG_ERR, "no spool record: cannot %s: %s", failure.step, name == NULL ? "?" : name);
        return false;
    }
    return true;
}

enum course {
    GO_ON,       // PAM_IGNORE, once the record is written
    UNAVAILABLE, // the daemon's absence denies
    REFUSED,     // a rule denies, daemon or not
};

static enum course choose(const struct stepup_call *call, enum stepup_phase phase, enum stepup_result result) {
    const struct stepup_arguments *arguments = &call->arguments;
    if (result != STEPUP_UNANSWERED || geteuid() != 0) {
        return REFUSED; // S08: a caller that is not root is refused by rule, never by fallback
    }
    if (phase == STEPUP_PHASE_ACCOUNT && arguments->record) {
        return GO_ON; // nothing was to be enforced
    }
    if (call->failure.own || call->failure.replied) {
        return REFUSED; // S02: only where there was no reply at all
    }
    if (!arguments->ignore_when_unavailable) {
        return UNAVAILABLE;
    }
    if (phase == STEPUP_PHASE_AUTH && arguments->first_factor == STEPUP_FIRST_FACTOR_SSH &&
        !stepup_facts_has_method(&call->facts, arguments->ssh_methods)) {
        return REFUSED; // S01; in account sshd has taken the variable away
    }
    return GO_ON;
}

int stepup_fallback(struct stepup_call *call, enum stepup_phase phase, enum stepup_result result) {
    static const int codes[] = {[GO_ON] = PAM_IGNORE, [UNAVAILABLE] = PAM_AUTHINFO_UNAVAIL, [REFUSED] = PAM_AUTH_ERR};
    char reason[STEPUP_CLIENT_DESCRIPTION] = "not asked";
    enum course course = choose(call, phase, result);
    if (result == STEPUP_UNANSWERED) {
        stepup_client_describe(&call->failure, reason);
        bool spooled = geteuid() == 0 && spool(call, phase, course == GO_ON ? "ignore" : "deny", reason);
        bool needed = phase == STEPUP_PHASE_AUTH || !call->arguments.record;
        if (course == GO_ON && needed && !spooled) {
            course = UNAVAILABLE;
        }
    }
    pam_syslog(call->pamh, LOG_WARNING, "stepupd gave no answer (%s), request=%s: %s", reason, call->facts.request,
               course == GO_ON ? "going on without it, as configured" : "denied");
    return codes[course];
}
