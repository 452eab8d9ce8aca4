// The module through libpam, with every call of libc and libpam that it makes failing once, and then from there on.

#define _GNU_SOURCE
#include "fail_nth.h"
#include "fake_daemon.h"
#include "rig.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CODE  "74629384756"
#define STATE "|attempt=a1|state=00ff|prompt=Code: |echo=off"

enum phase {
    AUTHENTICATE,
    ACCOUNT,
    OPEN_SESSION,
    CLOSE_SESSION,
    PHASES
};

// What a fault may do to a login.
enum effect {
    NOTHING,  // the same results as without it
    ANYTHING, // what every run promises, no more
    NO_ALLOW, // auth that it struck does not return PAM_SUCCESS
    REFUSES,  // nor PAM_IGNORE
};

static const struct fault {
    struct fail_nth_fault how;
    enum effect effect;
    bool waits; // worth a run in which the daemon is silent
} faults[] = {
    {{"malloc", ENOMEM, 0}, REFUSES, false},
    {{"strdup", ENOMEM, 0}, NOTHING, false},
    {{"getrandom", EAGAIN, -1}, REFUSES, false},
    {{"getrandom", 0, 8}, REFUSES, false},
    {{"getrandom", EINTR, -1}, NOTHING, false},
    {{"clock_gettime", EINVAL, -1}, ANYTHING, true},
    {{"socket", EMFILE, -1}, REFUSES, false},
    {{"fcntl", EMFILE, -1}, ANYTHING, false},
    {{"connect", ECONNREFUSED, -1}, NO_ALLOW, false},
    {{"connect", EAGAIN, -1}, NOTHING, true},
    {{"connect", EINTR, -1}, NOTHING, true},
    {{"send", EPIPE, -1}, NO_ALLOW, false},
    {{"send", ENOBUFS, -1}, REFUSES, false},
    {{"send", EAGAIN, -1}, NOTHING, true},
    {{"send", EINTR, -1}, NOTHING, true},
    {{"send", 0, 1}, NOTHING, false},
    {{"poll", ENOMEM, -1}, ANYTHING, true},
    {{"poll", 0, 0}, ANYTHING, true},
    {{"poll", EINTR, -1}, NOTHING, true},
    {{"recv", ECONNRESET, -1}, NO_ALLOW, true},
    {{"recv", 0, 0}, NO_ALLOW, true},
    {{"recv", ENOMEM, -1}, REFUSES, true},
    {{"recv", EAGAIN, -1}, NOTHING, true},
    {{"recv", EINTR, -1}, NOTHING, true},
    {{"recv", 0, 1}, NOTHING, false},
    {{"open", EMFILE, -1}, ANYTHING, false},
    {{"openat", ENOSPC, -1}, REFUSES, false},
    {{"read", EIO, -1}, NOTHING, false},
    {{"read", EINTR, -1}, NOTHING, false},
    {{"fstat", EIO, -1}, REFUSES, false},
    {{"fdopendir", ENOMEM, 0}, REFUSES, false},
    {{"readdir", EIO, 0}, REFUSES, false},
    {{"write", ENOSPC, -1}, REFUSES, false},
    {{"write", 0, 0}, REFUSES, false},
    {{"write", EINTR, -1}, NOTHING, false},
    {{"write", 0, 1}, NOTHING, false},
    {{"fsync", EIO, -1}, REFUSES, false},
    {{"renameat", EIO, -1}, REFUSES, false},
    {{"close", EIO, -1}, ANYTHING, false},
    {{"close", EINTR, -1}, NOTHING, false},
    {{"pam_get_user", 0, PAM_CONV_ERR}, REFUSES, false},
    {{"pam_get_item", 0, PAM_SYSTEM_ERR}, ANYTHING, false},
    {{"pam_getenv", 0, 0}, ANYTHING, false},
    {{"pam_get_data", 0, PAM_NO_MODULE_DATA}, ANYTHING, false},
    {{"pam_set_data", 0, PAM_BUF_ERR}, REFUSES, false},
    {{"pam_putenv", 0, PAM_BUF_ERR}, REFUSES, false},
    {{"pam_prompt", 0, PAM_CONV_ERR}, REFUSES, false},
    {{"pam_prompt", 0, PAM_BUF_ERR}, REFUSES, false},
};

static const struct fake_step allows[] = {{.act = FAKE_REPLY, .fields = "verdict=allow|attempt=a1"}};
static const struct fake_step denies[] = {{.act = FAKE_REPLY, .fields = "verdict=deny|code=refused|attempt=a1"}};
static const struct fake_step asks[] = {{.act = FAKE_REPLY, .fields = "verdict=challenge" STATE},
                                        {.act = FAKE_REPLY, .fields = "verdict=challenge" STATE},
                                        {.act = FAKE_REPLY, .fields = "verdict=allow|attempt=a1"}};
static const struct fake_step breaks[] = {{.act = FAKE_HALF_CLOSE, .fields = "verdict=allow|attempt=a1"}};
static const struct fake_step stalls[] = {{.act = FAKE_STALL}};
// After auth nothing allows: whatever the later phases ask, and the report of a cancelled prompt, is answered with no.
static const struct fake_step refuses[] = {{.act = FAKE_REPLY, .fields = "verdict=deny"},
                                           {.act = FAKE_REPLY, .fields = "verdict=deny"},
                                           {.act = FAKE_REPLY, .fields = "verdict=deny"},
                                           {.act = FAKE_REPLY, .fields = "verdict=deny"}};

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define STEPS(array)  .steps = array, .count = LENGTH(array)

static const struct scenario {
    const char *name;
    const char *arguments;
    const struct fake_step *steps; // NULL: no daemon
    size_t count;
    int expected[2]; // of auth and account, without a fault; the sessions always succeed
    bool silent;     // the daemon is: each run takes a whole timeout
    bool closed;     // stdin is closed, so that descriptors have to be moved
} scenarios[] = {
    {"allowed", "unavailable=deny", STEPS(allows), .expected = {PAM_SUCCESS, PAM_SUCCESS}},
    {"asked", "unavailable=ignore", STEPS(asks), .expected = {PAM_SUCCESS, PAM_SUCCESS}},
    {"denied", "unavailable=ignore", STEPS(denies), .expected = {PAM_AUTH_ERR, PAM_PERM_DENIED}},
    {"broken reply", "unavailable=ignore", STEPS(breaks), .expected = {PAM_AUTH_ERR, PAM_PERM_DENIED}},
    {"away, deny", "unavailable=deny", .expected = {PAM_AUTHINFO_UNAVAIL, PAM_PERM_DENIED}},
    {"away, ignore", "unavailable=ignore", .expected = {PAM_IGNORE, PAM_IGNORE}},
    {"away, stdin closed", "unavailable=ignore", .expected = {PAM_IGNORE, PAM_IGNORE}, .closed = true},
    {"silent", "unavailable=ignore", STEPS(stalls), .expected = {PAM_IGNORE, PAM_IGNORE}, .silent = true},
};

struct run {
    int results[PHASES];
    bool struck;         // the fault, somewhere
    bool struck_in_auth; // and there
    bool allowed;        // the daemon's last word in auth was allow, to a question
};

static char folder[64], spool[128], path[128], module[PATH_MAX];
static char current[256]; // what a crash or a hang says that it was in

static void die(int signal) {
    static const char text[] = " ended by a signal in: ";
    (void)!write(STDERR_FILENO, signal == SIGALRM ? "hang" : "crash", signal == SIGALRM ? 4 : 5);
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    (void)!write(STDERR_FILENO, current, strlen(current));
    (void)!write(STDERR_FILENO, "\n", 1);
    _exit(2);
}

static int converse(int count, const struct pam_message **messages, struct pam_response **responses, void *data) {
    (void)data;
    struct pam_response *answers = calloc((size_t)count, sizeof *answers);
    for (int i = 0; answers != NULL && i < count; i++) {
        answers[i].resp = messages[i]->msg_style <= PAM_PROMPT_ECHO_ON ? strdup(CODE) : NULL;
    }
    *responses = answers;
    return answers == NULL ? PAM_BUF_ERR : PAM_SUCCESS;
}

static int timeout_ms(const struct scenario *scenario) {
    // Silence is waited for in full, so it is as short as the module allows and valgrind bears.
    return scenario->silent ? (rig_slowness() > 1 ? 500 : 100) : 1000 * rig_slowness();
}

// PAM_IGNORE goes on to a module that says PAM_CRED_ERR; any other result of ours is the stack's own.
static void write_stack(const struct scenario *scenario) {
    char file[128];
    (void)snprintf(file, sizeof file, "%s/stepup", folder);
    FILE *stack = fopen(file, "we");
    CHECK(stack != NULL);
    for (int i = 0; stack != NULL && i < 2; i++) {
        const char *type = i == 0 ? "auth" : "account";
        fprintf(stack, "%s [success=done ignore=ignore default=die] %s socket=%s spool=%s timeout=%dms %s\n", type,
                module, path, spool, timeout_ms(scenario), scenario->arguments);
        fprintf(stack, "%s required pam_debug.so %s=cred_err\n", type, i == 0 ? "auth" : "acct");
    }
    if (stack != NULL) {
        fprintf(stack, "session required %s socket=%s spool=%s timeout=%dms\n", module, path, spool,
                1000 * rig_slowness());
        CHECK(fclose(stack) == 0);
    }
}

static int call(pam_handle_t *pamh, enum phase phase) {
    int result = PAM_SYSTEM_ERR;
    switch (phase) {
    case AUTHENTICATE:
        result = pam_authenticate(pamh, 0);
        break;
    case ACCOUNT:
        result = pam_acct_mgmt(pamh, 0);
        break;
    case OPEN_SESSION:
        return pam_open_session(pamh, 0);
    case CLOSE_SESSION:
        return pam_close_session(pamh, 0);
    case PHASES:
        break;
    }
    return result == PAM_CRED_ERR ? PAM_IGNORE : result;
}

// Before and after a phase: what is at descriptor 0.
static void set_stdin(bool closed) {
    int null = closed ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (closed) {
        (void)close(STDIN_FILENO);
    } else if (null > STDIN_FILENO) {
        (void)dup2(null, STDIN_FILENO);
        (void)close(null);
    }
}

// Nothing of a reply came, and the record is on disk, under its name, before anybody is let in by it (S02).
static void check_ignored(void) {
    static const char recorded[] = "wfrf";
    uint8_t frame[STEPUP_WIRE_MAX_FRAME];
    const char *trace = fail_nth_trace();
    size_t length = strlen(trace);
    CHECK(strchr(trace, 'g') == NULL);
    CHECK(length >= sizeof recorded - 1 && strcmp(trace + length - (sizeof recorded - 1), recorded) == 0);
    CHECK_IS(rig_count_files(spool), 1);
    CHECK(rig_read_only_frame(spool, frame, sizeof frame) > 0);
}

static struct run run(const struct scenario *scenario, const struct fault *fault, int nth, bool lasting) {
    const struct pam_conv conversation = {.conv = converse};
    struct run run = {0};
    pam_handle_t *pamh = NULL;
    rig_remove_folder(spool);
    CHECK(mkdir(spool, 0700) == 0);
    (void)unlink(path);
    CHECK(pam_start_confdir("stepup", "alice", &conversation, folder, &pamh) == PAM_SUCCESS);
    CHECK(pam_putenv(pamh, "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAA") == PAM_SUCCESS);
    CHECK(pam_putenv(pamh, "STEPUP_ATTEMPT=foreign") == PAM_SUCCESS);
    CHECK(pam_set_item(pamh, PAM_RHOST, "192.0.2.1") == PAM_SUCCESS);
    int before = rig_count_descriptors();
    fail_nth_arm(fault == NULL ? NULL : &fault->how, nth, lasting);

    struct fake_daemon *daemon =
        scenario->steps == NULL ? NULL : fake_daemon_start(path, scenario->steps, scenario->count);
    set_stdin(scenario->closed);
    int64_t start = rig_now_ms();
    run.results[AUTHENTICATE] = call(pamh, AUTHENTICATE);
    CHECK(rig_now_ms() - start < timeout_ms(scenario) + 500 * rig_slowness());
    set_stdin(false);
    run.struck_in_auth = fail_nth_has_struck();
    if (daemon != NULL) {
        bool spoken = fake_daemon_stop(daemon);
        const char *last = fake_daemon_op(daemon, scenario->count - 1);
        run.allowed = spoken && last != NULL && strcmp(last, "report") != 0 &&
                      (scenario->steps == allows || scenario->steps == asks);
        fake_daemon_free(daemon);
        (void)unlink(path);
    }
    if (run.results[AUTHENTICATE] == PAM_IGNORE) {
        check_ignored();
    }

    daemon = scenario->steps == NULL ? NULL : fake_daemon_start(path, refuses, LENGTH(refuses));
    for (enum phase phase = ACCOUNT; phase < PHASES; phase++) {
        run.results[phase] = call(pamh, phase);
    }
    if (daemon != NULL) {
        (void)fake_daemon_stop(daemon);
        fake_daemon_free(daemon);
    }
    CHECK(!fail_nth_logged(CODE));
    run.struck = fail_nth_disarm();
    CHECK_IS(rig_count_descriptors(), before);
    CHECK(pam_end(pamh, run.results[AUTHENTICATE]) == PAM_SUCCESS);
    return run;
}

// What holds whatever fails.
static void check(const struct run *run, const struct run *whole, enum effect effect, bool lasting) {
    const int auth = run->results[AUTHENTICATE], account = run->results[ACCOUNT];
    CHECK(auth != PAM_SUCCESS || run->allowed);
    CHECK(account != PAM_SUCCESS || auth == PAM_SUCCESS);
    CHECK(account != PAM_IGNORE || auth == PAM_IGNORE || rig_count_files(spool) > 0);
    CHECK_IS(run->results[OPEN_SESSION], PAM_SUCCESS);
    CHECK_IS(run->results[CLOSE_SESSION], PAM_SUCCESS);
    if (effect == NOTHING && !lasting) {
        CHECK(memcmp(run->results, whole->results, sizeof run->results) == 0);
    }
    if (effect >= NO_ALLOW && run->struck_in_auth) {
        CHECK(auth != PAM_SUCCESS);
        CHECK(effect != REFUSES || auth != PAM_IGNORE);
    }
}

// Every call of one function, one after the other, until there is none left to fail; the number of runs in which one
// did.
static int fail_each(const struct scenario *scenario, const struct run *whole, const struct fault *fault,
                     bool lasting) {
    for (int nth = 1;; nth++) {
        (void)snprintf(current, sizeof current, "%s: %s call %d%s gives %ld, errno %s", scenario->name,
                       fault->how.function, nth, lasting ? " and all after it" : "", fault->how.result,
                       fault->how.error == 0 ? "0" : strerrorname_np(fault->how.error));
        rig_promise(current);
        (void)alarm(20 * (unsigned)rig_slowness());
        struct run result = run(scenario, fault, nth, lasting);
        (void)alarm(0);
        check(&result, whole, fault->effect, lasting);
        // With a silent daemon it is only the wait in auth that is different.
        if (!result.struck || (scenario->silent && !result.struck_in_auth)) {
            return nth - 1;
        }
    }
}

int main(int count, char **words) {
    int strikes[LENGTH(faults)] = {0};
    if (count != 2 || realpath(words[1], module) == NULL) {
        fprintf(stderr, "usage: failures PAM_STEPUP.SO\n");
        return 2;
    }
    (void)signal(SIGSEGV, die);
    (void)signal(SIGABRT, die);
    (void)signal(SIGALRM, die);
    // Held, so that libpam's own dlopen and dlclose of each run are cheap.
    CHECK(dlopen(module, RTLD_NOW) != NULL);
    (void)snprintf(folder, sizeof folder, "%s", rig_make_folder());
    (void)snprintf(spool, sizeof spool, "%s/spool", folder);
    (void)snprintf(path, sizeof path, "%s/sock", folder);
    set_stdin(false);
    for (size_t i = 0; i < LENGTH(scenarios); i++) {
        const struct scenario *scenario = &scenarios[i];
        if (geteuid() != 0 && scenario->expected[0] == PAM_IGNORE) {
            continue; // S08: without root there is no fallback
        }
        write_stack(scenario);
        rig_promise(scenario->name);
        struct run whole = run(scenario, NULL, 0, false);
        CHECK_IS(whole.results[AUTHENTICATE], scenario->expected[0]);
        CHECK_IS(whole.results[ACCOUNT], scenario->expected[1]);
        check(&whole, &whole, NOTHING, false);
        for (size_t j = 0; j < LENGTH(faults); j++) {
            if (!scenario->silent || faults[j].waits) {
                strikes[j] += fail_each(scenario, &whole, &faults[j], false);
                strikes[j] += faults[j].effect == NOTHING ? 0 : fail_each(scenario, &whole, &faults[j], true);
            }
        }
    }
    rig_promise("every function of the table is one that the module calls");
    for (size_t j = 0; geteuid() == 0 && j < LENGTH(faults); j++) {
        rig_check(strikes[j] > 0, __FILE__, __LINE__, faults[j].how.function);
    }
    rig_remove_folder(folder);
    return rig_finish();
}
