#define _GNU_SOURCE
#include "stepup_text.h"

#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

static const char digits[] = "0123456789abcdef";

void stepup_text_hex(const void *bytes, size_t length, char *hex) {
    const uint8_t *from = bytes;
    for (size_t i = 0; i < length; i++) {
        hex[2 * i] = digits[from[i] >> 4];
        hex[2 * i + 1] = digits[from[i] & 15];
    }
    hex[2 * length] = '\0';
}

bool stepup_text_request(char request[STEPUP_REQUEST_SIZE]) {
    uint8_t random[STEPUP_REQUEST_SIZE / 2];
    ssize_t count;
    do {
        count = getrandom(random, sizeof random, GRND_NONBLOCK);
    } while (count < 0 && errno == EINTR);
    if (count != (ssize_t)sizeof random) {
        return false;
    }
    stepup_text_hex(random, sizeof random, request);
    return true;
}

void stepup_text_escape(const void *bytes, size_t length, char *line, size_t size) {
    const uint8_t *text = bytes;
    size_t at = 0;
    for (size_t i = 0; i < length && at + 5 < size; i++) {
        if (text[i] >= ' ' && text[i] < 0x7f && text[i] != '\\') {
            line[at++] = (char)text[i];
        } else {
            line[at++] = '\\';
            line[at++] = 'x';
            line[at++] = digits[text[i] >> 4];
            line[at++] = digits[text[i] & 15];
        }
    }
    line[at] = '\0';
}
