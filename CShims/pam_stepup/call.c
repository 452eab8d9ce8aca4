#define _GNU_SOURCE
#include "call.h"

#include "log.h"

#include <security/pam_ext.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

struct stepup_call *stepup_call_make(pam_handle_t *pamh, const struct stepup_arguments *arguments) {
    struct stepup_call *call = malloc(sizeof *call);
    if (call == NULL) {
        stepup_log(pamh, LOG_ERR, "out of memory");
        return NULL;
    }
    memset(call, 0, offsetof(struct stepup_call, buffer));
    call->pamh = pamh;
    call->arguments = *arguments;
    return call;
}

void stepup_call_free(struct stepup_call *call) {
    if (call != NULL) {
        // The buffer was wiped after each exchange, as far as it was used.
        explicit_bzero(call, offsetof(struct stepup_call, buffer));
        free(call);
    }
}

static void copy_text(char *text, size_t size, struct stepup_wire_span value) {
    // The forms of the table bound every value that comes here below its size; this makes sure.
    size_t length = value.length < size ? value.length : size - 1;
    if (value.bytes != NULL) {
        memcpy(text, value.bytes, length);
    }
    text[value.bytes == NULL ? 0 : length] = '\0';
}

static void take_reply(struct stepup_call *call, const struct stepup_wire_frame *reply) {
    const struct stepup_wire_span *values = reply->values;
    struct stepup_verdict *verdict = &call->verdict;
    explicit_bzero(verdict, sizeof *verdict);
    if (stepup_wire_span_is(values[STEPUP_WIRE_KEY_VERDICT], "allow")) {
        verdict->kind = STEPUP_VERDICT_ALLOW;
    } else if (stepup_wire_span_is(values[STEPUP_WIRE_KEY_VERDICT], "ignore")) {
        verdict->kind = STEPUP_VERDICT_IGNORE;
    } else if (stepup_wire_span_is(values[STEPUP_WIRE_KEY_VERDICT], "challenge")) {
        verdict->kind = STEPUP_VERDICT_CHALLENGE;
    }
    verdict->max_tries = stepup_wire_span_is(values[STEPUP_WIRE_KEY_CODE], "max_tries");
    verdict->echo = stepup_wire_span_is(values[STEPUP_WIRE_KEY_ECHO], "on");
    copy_text(verdict->attempt, sizeof verdict->attempt, values[STEPUP_WIRE_KEY_ATTEMPT]);
    copy_text(verdict->state, sizeof verdict->state, values[STEPUP_WIRE_KEY_STATE]);
    copy_text(verdict->prompt, sizeof verdict->prompt, values[STEPUP_WIRE_KEY_PROMPT]);
}

// The daemon's words for the log; `deny` is worth a line even without any.
static void log_reply(const struct stepup_call *call, const struct stepup_wire_frame *reply) {
    const struct stepup_wire_span message = reply->values[STEPUP_WIRE_KEY_MESSAGE];
    const struct stepup_wire_span code = reply->values[STEPUP_WIRE_KEY_CODE];
    if (call->verdict.kind == STEPUP_VERDICT_DENY) {
        pam_syslog(call->pamh, LOG_NOTICE, "denied: code=%s attempt=%s request=%s",
                   code.bytes == NULL ? "-" : (const char *)code.bytes,
                   call->verdict.attempt[0] == '\0' ? "-" : call->verdict.attempt, call->facts.request);
    } else if (call->arguments.debug) {
        static const char *const names[] = {"deny", "allow", "ignore", "challenge"};
        pam_syslog(call->pamh, LOG_DEBUG, "reply: verdict=%s code=%s attempt=%s request=%s", names[call->verdict.kind],
                   code.bytes == NULL ? "-" : (const char *)code.bytes,
                   call->verdict.attempt[0] == '\0' ? "-" : call->verdict.attempt, call->facts.request);
    }
    if (message.bytes != NULL && message.length > 0) {
        stepup_log_text(call->pamh, call->verdict.kind == STEPUP_VERDICT_DENY ? LOG_NOTICE : LOG_INFO, "stepupd",
                        message.bytes, message.length);
    }
}

// Sends what the writer holds in the call's buffer and takes the reply.
static enum stepup_result exchange(struct stepup_call *call, struct stepup_wire_writer *writer) {
    struct stepup_wire_frame reply;
    size_t sent = 0;
    size_t received = 0;
    enum stepup_result result = STEPUP_UNASKED;
    enum stepup_wire_error error = stepup_wire_finish(writer, &sent);
    if (error != STEPUP_WIRE_OK) {
        pam_syslog(call->pamh, LOG_ERR, "the request cannot be sent: %s", stepup_wire_error_name(error));
        goto done;
    }
    result = STEPUP_UNANSWERED;
    if (!stepup_client_exchange(call->arguments.socket, call->arguments.timeout_ms, call->buffer, sent, call->buffer,
                                &received, &reply, &call->failure)) {
        goto done;
    }
    take_reply(call, &reply);
    log_reply(call, &reply);
    result = STEPUP_ANSWERED;

done:
    explicit_bzero(call->buffer, writer->length > received ? writer->length : received);
    return result;
}

enum stepup_result stepup_call_begin(struct stepup_call *call, enum stepup_phase phase) {
    const struct stepup_arguments *arguments = &call->arguments;
    struct stepup_wire_writer writer;
    stepup_wire_start(&writer, call->buffer, sizeof call->buffer, "begin");
    stepup_facts_put_who(&call->facts, &writer);
    stepup_wire_put_text(&writer, STEPUP_WIRE_KEY_PHASE, phase == STEPUP_PHASE_AUTH ? "auth" : "account");
    stepup_wire_put_text(&writer, STEPUP_WIRE_KEY_FIRST_FACTOR,
                         arguments->first_factor == STEPUP_FIRST_FACTOR_SSH ? "ssh" : "stack");
    stepup_wire_put_text(&writer, STEPUP_WIRE_KEY_SSH_METHODS, arguments->ssh_methods);
    stepup_wire_put_text(&writer, STEPUP_WIRE_KEY_ACCOUNT, arguments->record ? "record" : "enforce");
    stepup_facts_put_source(&call->facts, &writer);
    stepup_facts_put_command(&writer);
    return exchange(call, &writer);
}

enum stepup_result stepup_call_answer(struct stepup_call *call, const char *answer) {
    struct stepup_wire_writer writer;
    stepup_wire_start(&writer, call->buffer, sizeof call->buffer, "answer");
    stepup_facts_put_who(&call->facts, &writer);
    stepup_wire_put_text(&writer, STEPUP_WIRE_KEY_STATE, call->verdict.state);
    stepup_wire_put_text(&writer, STEPUP_WIRE_KEY_ANSWER, answer);
    return exchange(call, &writer);
}

void stepup_call_report(struct stepup_call *call, const char *event, const char *attempt) {
    char reason[STEPUP_CLIENT_DESCRIPTION];
    struct stepup_wire_writer writer;
    stepup_wire_start(&writer, call->buffer, sizeof call->buffer, "report");
    stepup_facts_put_who(&call->facts, &writer);
    stepup_wire_put_text(&writer, STEPUP_WIRE_KEY_EVENT, event);
    if (attempt != NULL) {
        // It comes from an environment that others may have written to: if it is no attempt's name, report without it.
        const struct stepup_wire_writer before = writer;
        stepup_wire_put_text(&writer, STEPUP_WIRE_KEY_ATTEMPT, attempt);
        writer = writer.error == STEPUP_WIRE_OK ? writer : before;
    }
    if (call->verdict.kind == STEPUP_VERDICT_CHALLENGE) {
        stepup_wire_put_text(&writer, STEPUP_WIRE_KEY_STATE, call->verdict.state);
    }
    stepup_facts_put_source(&call->facts, &writer);
    if (exchange(call, &writer) == STEPUP_UNANSWERED) {
        stepup_client_describe(&call->failure, reason);
        pam_syslog(call->pamh, LOG_WARNING, "stepupd did not take the report %s: %s", event, reason);
    }
}
