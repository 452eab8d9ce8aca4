// vectors FILE…: runs the vectors through the C codec.
// vectors --corpus FOLDER FILE…: writes their payloads there, a file each, for the fuzzers to start from.

#define _GNU_SOURCE
#include "stepup_wire.h"
#include "vector_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
    const char *corpus;
    size_t passed, failed, written;
};

static void count(struct run *run, const struct vector *vector, int good, const char *what) {
    if (good) {
        run->passed++;
    } else {
        run->failed++;
        fprintf(stderr, "%s: %s\n", vector->name, what);
    }
}

static int same(struct stepup_wire_span span, struct vector_bytes bytes) {
    return span.bytes != NULL && span.length == bytes.length && memcmp(span.bytes, bytes.bytes, bytes.length) == 0;
}

static void decode(struct run *run, const struct vector *vector) {
    struct stepup_wire_frame frame;
    // A copy of the exact size, so that valgrind and the sanitizers see a byte too far.
    uint8_t *payload = malloc(vector->payload.length == 0 ? 1 : vector->payload.length);
    if (payload == NULL) {
        exit(2);
    }
    memcpy(payload, vector->payload.bytes, vector->payload.length);
    enum stepup_wire_error error = stepup_wire_decode(payload, vector->payload.length, &frame);
    if (vector->error[0] != '\0') {
        count(run, vector, strcmp(stepup_wire_error_name(error), vector->error) == 0, stepup_wire_error_name(error));
        count(run, vector, frame.count == 0 && frame.op == STEPUP_WIRE_OP_NONE, "a refused frame must be empty");
    } else {
        int good = error == STEPUP_WIRE_OK && same(frame.op_name, vector->op) && frame.count == vector->field_count;
        for (size_t i = 0; good && i < frame.count; i++) {
            enum stepup_wire_key key = frame.order[i];
            good = strcmp(stepup_wire_key_name(key), vector->fields[i].key) == 0 &&
                   same(frame.values[key], vector->fields[i].value) &&
                   frame.values[key].bytes[frame.values[key].length] == '\0';
        }
        count(run, vector, good, "decoded otherwise");
    }
    free(payload);
}

static void encode(struct run *run, const struct vector *vector) {
    static uint8_t buffer[STEPUP_WIRE_MAX_FRAME];
    struct stepup_wire_writer writer;
    size_t length = 0;
    if (memchr(vector->op.bytes, '\0', vector->op.length) != NULL) {
        return; // a C string cannot even say it
    }
    char op[128] = "";
    memcpy(op, vector->op.bytes, vector->op.length < sizeof op ? vector->op.length : sizeof op - 1);
    for (int tight = 0; tight < 2; tight++) {
        // The second time one byte is missing at the end: the writer must say so and not touch what is behind.
        size_t capacity = tight == 0 ? sizeof buffer : vector->payload.length + STEPUP_WIRE_HEADER_LENGTH - 1;
        if (tight == 1 && vector->error[0] != '\0') {
            break;
        }
        buffer[capacity < sizeof buffer ? capacity : 0] = 0xee;
        stepup_wire_start(&writer, buffer, capacity, op);
        for (size_t i = 0; i < vector->field_count; i++) {
            stepup_wire_put(&writer, stepup_wire_key_find(vector->fields[i].key, strlen(vector->fields[i].key)),
                            vector->fields[i].value.bytes, vector->fields[i].value.length);
        }
        enum stepup_wire_error error = stepup_wire_finish(&writer, &length);
        if (tight == 1) {
            count(run, vector, error == STEPUP_WIRE_LENGTH && length == 0 && buffer[capacity] == 0xee,
                  "one byte too few was enough");
        } else if (vector->error[0] != '\0') {
            count(run, vector, strcmp(stepup_wire_error_name(error), vector->error) == 0 && length == 0,
                  stepup_wire_error_name(error));
        } else {
            size_t payload = 0;
            count(run, vector,
                  error == STEPUP_WIRE_OK && length == vector->payload.length + STEPUP_WIRE_HEADER_LENGTH &&
                      stepup_wire_read_header(buffer, &payload) == STEPUP_WIRE_OK &&
                      payload == vector->payload.length &&
                      memcmp(buffer + STEPUP_WIRE_HEADER_LENGTH, vector->payload.bytes, payload) == 0,
                  "encoded otherwise");
        }
    }
}

static void header(struct run *run, const struct vector *vector) {
    size_t length = 0;
    enum stepup_wire_error error = stepup_wire_read_header(vector->header.bytes, &length);
    count(run, vector,
          vector->error[0] != '\0' ? strcmp(stepup_wire_error_name(error), vector->error) == 0
                                   : error == STEPUP_WIRE_OK && (long)length == vector->length,
          "header read otherwise");
}

static void write_corpus(struct run *run, const struct vector *vector) {
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%03zu", run->corpus, run->written++);
    FILE *file = fopen(path, "we");
    if (file == NULL || fwrite(vector->payload.bytes, 1, vector->payload.length, file) != vector->payload.length ||
        fclose(file) != 0) {
        perror(path);
        exit(2);
    }
}

static void use(const struct vector *vector, void *context) {
    struct run *run = context;
    if (run->corpus != NULL) {
        if (vector->payload.bytes != NULL) {
            write_corpus(run, vector);
        }
        return;
    }
    if (vector->payload.bytes != NULL) {
        decode(run, vector);
    }
    if (vector->op.bytes != NULL) {
        encode(run, vector);
    }
    if (vector->header.bytes != NULL) {
        header(run, vector);
    }
}

int main(int argc, char **argv) {
    struct run run = {0};
    size_t vectors = 0;
    int first = 1;
    if (argc > 2 && strcmp(argv[1], "--corpus") == 0) {
        run.corpus = argv[2];
        first = 3;
    }
    for (int i = first; i < argc; i++) {
        vectors += vector_file_read(argv[i], use, &run);
    }
    if (vectors == 0) {
        fprintf(stderr, "no vectors: expected the files of Tests/Vectors/wire\n");
        return 2;
    }
    if (run.corpus != NULL) {
        printf("%zu payloads\n", run.written);
        return 0;
    }
    printf("%zu passed, %zu failed\n", run.passed, run.failed);
    return run.failed == 0 ? 0 : 1;
}
