// Times pam_authenticate alone: pam_login SERVICE CONFDIR < lines of `USER CODE`, prints microseconds, one line a
// login.
//
// The handle is made and the facts of sshd are put into its environment before the clock starts; the conversation
// answers every prompt with CODE. A login that does not succeed ends the run: its time would be no login's.
#define _GNU_SOURCE
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int answer(int count, const struct pam_message **messages, struct pam_response **responses, void *code) {
    *responses = calloc((size_t)count, sizeof **responses);
    if (*responses == NULL) {
        return PAM_BUF_ERR;
    }
    for (int index = 0; index < count; index++) {
        int style = messages[index]->msg_style;
        if (style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON) {
            (*responses)[index].resp = strdup(code);
        }
    }
    return PAM_SUCCESS;
}

static double now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

// PAM's result, and how long pam_authenticate took.
static int login(const char *service, const char *folder, const char *user, char *code, double *took) {
    pam_handle_t *handle = NULL;
    struct pam_conv conversation = {answer, code};
    int result = pam_start_confdir(service, user, &conversation, folder, &handle);
    if (result != PAM_SUCCESS) {
        return result;
    }
    const char *key = getenv("BENCH_KEY");
    char variable[1024];
    (void)snprintf(variable, sizeof variable, "SSH_AUTH_INFO_0=publickey %s", key == NULL ? "" : key);
    (void)pam_putenv(handle, variable);
    (void)pam_putenv(handle, "SSH_CONNECTION=127.0.0.1 50000 127.0.0.1 22");
    (void)pam_set_item(handle, PAM_RHOST, "127.0.0.1");
    (void)pam_set_item(handle, PAM_TTY, "ssh");
    double start = now_us();
    result = pam_authenticate(handle, 0);
    *took = now_us() - start;
    (void)pam_end(handle, result);
    return result;
}

int main(int argc, char **argv) {
    char user[64];
    char code[64];
    if (argc != 3) {
        (void)fprintf(stderr, "usage: pam_login SERVICE CONFDIR < USERS-AND-CODES\n");
        return 64;
    }
    while (scanf("%63s %63s", user, code) == 2) {
        double took = 0;
        int result = login(argv[1], argv[2], user, code, &took);
        if (result != PAM_SUCCESS) {
            (void)fprintf(stderr, "%s: %s was refused: %s\n", argv[1], user, pam_strerror(NULL, result));
            return 1;
        }
        (void)printf("%.1f\n", took);
    }
    return 0;
}
