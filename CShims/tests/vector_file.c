#define _GNU_SOURCE
#include "vector_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void fail(const char *path, size_t number, const char *what) {
    fprintf(stderr, "%s:%zu: %s\n", path, number, what);
    exit(2);
}

static int hex_digit(char digit) {
    const char *digits = "0123456789abcdef";
    const char *found = digit == '\0' ? NULL : strchr(digits, digit);
    return found == NULL ? -1 : (int)(found - digits);
}

static int hex_byte(const char *text) {
    int high = hex_digit(text[0]);
    int low = high < 0 ? -1 : hex_digit(text[1]);
    return low < 0 ? -1 : high * 16 + low;
}

static void append(struct vector_bytes *to, int byte, size_t times) {
    to->bytes = realloc(to->bytes, to->length + times + 1);
    if (to->bytes == NULL || byte < 0) {
        fail("vectors", 0, "a bad escape, or no memory");
    }
    memset(to->bytes + to->length, byte, times);
    to->length += times;
}

static void unescape(const char *text, struct vector_bytes *to) {
    append(to, 0, 0); // an empty value is a value
    while (*text != '\0') {
        if (*text != '\\') {
            append(to, (unsigned char)*text++, 1);
        } else if (text[1] == '0') {
            append(to, 0, 1);
            text += 2;
        } else if (text[1] == 'n') {
            append(to, '\n', 1);
            text += 2;
        } else if (text[1] == '\\') {
            append(to, '\\', 1);
            text += 2;
        } else if (text[1] == 'x') {
            append(to, hex_byte(text + 2), 1);
            text += 4;
        } else {
            char *star = NULL;
            size_t times = text[1] == '{' ? strtoul(text + 2, &star, 10) : 0;
            if (star == NULL || *star != '*' || hex_byte(star + 1) < 0 || star[3] != '}') {
                fail("vectors", 0, "a bad escape");
            }
            append(to, hex_byte(star + 1), times);
            text = star + 4;
        }
    }
}

static int kind(const struct vector *vector) {
    int payload = vector->payload.bytes != NULL, op = vector->op.bytes != NULL, error = vector->error[0] != '\0';
    int header = vector->header.bytes != NULL, length = vector->length >= 0, fields = vector->field_count > 0;
    return (payload && op && !error && !header && !length) ||
           (payload && !op && !fields && error && !header && !length) ||
           (!payload && op && error && !header && !length) ||
           (!payload && !op && !fields && header && vector->header.length == 4 && error != length);
}

static void clear(struct vector *vector) {
    free(vector->payload.bytes);
    free(vector->op.bytes);
    free(vector->header.bytes);
    for (size_t i = 0; i < vector->field_count; i++) {
        free(vector->fields[i].value.bytes);
    }
    memset(vector, 0, sizeof *vector);
    vector->length = -1;
}

static void take(struct vector *vector, const char *key, char *value, const char *path, size_t number) {
    if (strcmp(key, "name") == 0 && vector->name[0] == '\0' && strlen(value) < sizeof vector->name) {
        strcpy(vector->name, value);
    } else if (vector->name[0] == '\0') {
        fail(path, number, "a block must start with its name");
    } else if (strcmp(key, "payload") == 0) {
        unescape(value, &vector->payload);
    } else if (strcmp(key, "op") == 0 && vector->op.bytes == NULL) {
        unescape(value, &vector->op);
    } else if (strcmp(key, "header") == 0 && vector->header.bytes == NULL) {
        unescape(value, &vector->header);
    } else if (strcmp(key, "error") == 0 && vector->error[0] == '\0' && strlen(value) < sizeof vector->error) {
        strcpy(vector->error, value);
    } else if (strcmp(key, "length") == 0 && vector->length < 0) {
        vector->length = strtol(value, NULL, 10);
    } else if (strcmp(key, "field") == 0 && vector->field_count < VECTOR_MAX_FIELDS && strchr(value, '=') != NULL) {
        char *equals = strchr(value, '=');
        *equals = '\0';
        (void)snprintf(vector->fields[vector->field_count].key, sizeof vector->fields[0].key, "%s", value);
        unescape(equals + 1, &vector->fields[vector->field_count].value);
        vector->field_count++;
    } else {
        fail(path, number, "a line that is unknown, stands twice or is too long");
    }
}

size_t vector_file_read(const char *path, void (*use)(const struct vector *vector, void *context), void *context) {
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0, count = 0, number = 0;
    struct vector vector = {.length = -1};
    if (file == NULL) {
        fail(path, 0, "cannot be read");
    }
    for (;;) {
        ssize_t length = getline(&line, &size, file);
        number++;
        if (length > 0 && line[length - 1] == '\n') {
            line[--length] = '\0';
        }
        if (length <= 0) {
            if (vector.name[0] != '\0') {
                if (!kind(&vector)) {
                    fail(path, number, "a block of no known kind");
                }
                use(&vector, context);
                count++;
                clear(&vector);
            }
            if (length < 0) {
                break;
            }
            continue;
        }
        if (line[0] == '#') {
            continue;
        }
        char *colon = strstr(line, ": ");
        if (colon == NULL) {
            fail(path, number, "expected `key: value`");
        }
        *colon = '\0';
        take(&vector, line, colon + 2, path, number);
    }
    free(line);
    (void)fclose(file);
    if (count == 0) {
        fail(path, number, "no vectors");
    }
    return count;
}
