#include "arguments.h"

#include "log.h"

#include <limits.h>
#include <string.h>
#include <sys/un.h>
#include <syslog.h>

#define MAX_METHODS 256

static bool parse_path(const char *value, const char **path, size_t limit) {
    *path = value;
    return value[0] == '/' && strlen(value) < limit;
}

// `3` is seconds, `2500ms` milliseconds; no sign, no blank, no leading zero.
static bool parse_timeout(const char *value, unsigned *milliseconds) {
    unsigned number = 0;
    size_t digits = 0;
    for (; value[digits] >= '0' && value[digits] <= '9'; digits++) {
        if (digits == 5) {
            return false;
        }
        number = number * 10 + (unsigned)(value[digits] - '0');
    }
    if (digits == 0 || value[0] == '0') {
        return false;
    }
    if (value[digits] == '\0' && number <= 60) {
        *milliseconds = number * 1000;
        return true;
    }
    *milliseconds = number;
    return strcmp(value + digits, "ms") == 0 && number >= 100 && number <= 60000;
}

static bool parse_methods(const char *value, const char **methods) {
    bool in_word = false;
    *methods = value;
    for (const char *at = value; *at != '\0'; at++) {
        if (*at == ',' && in_word) {
            in_word = false;
        } else if ((*at >= 'a' && *at <= 'z') || *at == '-') {
            in_word = true;
        } else {
            return false;
        }
    }
    return in_word && strlen(value) <= MAX_METHODS;
}

// One of two words.
static bool parse_choice(const char *value, const char *no, const char *yes, bool *choice) {
    *choice = strcmp(value, yes) == 0;
    return *choice || strcmp(value, no) == 0;
}

static bool parse_first_factor(const char *value, enum stepup_first_factor *first_factor) {
    if (strcmp(value, "ssh") == 0) {
        *first_factor = STEPUP_FIRST_FACTOR_SSH;
    } else if (strcmp(value, "stack") == 0) {
        *first_factor = STEPUP_FIRST_FACTOR_STACK;
    } else if (strcmp(value, "failed") == 0) {
        *first_factor = STEPUP_FIRST_FACTOR_FAILED;
    } else {
        return false;
    }
    return true;
}

// The value of `word` if it is `key=value`, else NULL.
static const char *value_of(const char *word, const char *key) {
    size_t length = strlen(key);
    return strncmp(word, key, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

static bool parse_word(const char *word, struct stepup_arguments *arguments) {
    const char *value = NULL;
    if ((value = value_of(word, "socket")) != NULL) {
        return parse_path(value, &arguments->socket, sizeof((struct sockaddr_un *)NULL)->sun_path);
    }
    if ((value = value_of(word, "spool")) != NULL) {
        return parse_path(value, &arguments->spool, PATH_MAX);
    }
    if ((value = value_of(word, "timeout")) != NULL) {
        return parse_timeout(value, &arguments->timeout_ms);
    }
    if ((value = value_of(word, "unavailable")) != NULL) {
        return parse_choice(value, "deny", "ignore", &arguments->ignore_when_unavailable);
    }
    if ((value = value_of(word, "first_factor")) != NULL) {
        return parse_first_factor(value, &arguments->first_factor);
    }
    if ((value = value_of(word, "ssh_methods")) != NULL) {
        return parse_methods(value, &arguments->ssh_methods);
    }
    if ((value = value_of(word, "account")) != NULL) {
        return parse_choice(value, "enforce", "record", &arguments->record);
    }
    arguments->debug = true;
    return strcmp(word, "debug") == 0;
}

// Whether an earlier word has the same key: two values for one thing are nobody's intention.
static bool is_repeated(const char **words, int index) {
    size_t key = strcspn(words[index], "=");
    for (int earlier = 0; earlier < index; earlier++) {
        if (strcspn(words[earlier], "=") == key && strncmp(words[earlier], words[index], key) == 0) {
            return true;
        }
    }
    return false;
}

bool stepup_arguments_parse(const pam_handle_t *pamh, int count, const char **words,
                            struct stepup_arguments *arguments) {
    *arguments = (struct stepup_arguments){
        .socket = "/run/stepup/stepup.sock",
        .spool = "/var/spool/stepup/pam",
        .timeout_ms = 3000,
        .first_factor = STEPUP_FIRST_FACTOR_SSH,
        .ssh_methods = "publickey",
    };
    for (int index = 0; index < count; index++) {
        if (is_repeated(words, index) || !parse_word(words[index], arguments)) {
            stepup_log_text(pamh, LOG_ERR,
                            "argument unknown, malformed or given twice; nobody gets in until it is right",
                            words[index], strlen(words[index]));
            return false;
        }
    }
    return true;
}
