#pragma once

// The vectors of Tests/Vectors/wire; the README there describes the format.

#include <stddef.h>
#include <stdint.h>

#define VECTOR_MAX_FIELDS 32

struct vector_bytes {
    uint8_t *bytes; // NULL when the line was not there
    size_t length;
};

struct vector {
    char name[128];
    struct vector_bytes payload, op, header;
    struct {
        char key[64];
        struct vector_bytes value;
    } fields[VECTOR_MAX_FIELDS];
    size_t field_count;
    char error[32]; // empty when there is none
    long length;    // -1 when there is none
};

/// Calls `use` with each vector of a file; the number of vectors. Ends the process for a file it does not understand.
size_t vector_file_read(const char *path, void (*use)(const struct vector *vector, void *context), void *context);
