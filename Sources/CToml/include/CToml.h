/* TOML 1.0 with the position of every key and value: a flat C face over toml++. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ctoml_kind {
    CTOML_TABLE,
    CTOML_ARRAY,
    CTOML_STRING,
    CTOML_INTEGER,
    CTOML_BOOLEAN,
    CTOML_FLOAT,
    CTOML_DATE_OR_TIME,
};

struct ctoml_position {
    uint32_t line;
    uint32_t column;
};

struct ctoml_document;
struct ctoml_node;

/** Parses LENGTH bytes. Returns a document, also for a text that is no TOML (see ctoml_error), or NULL without memory.
 */
struct ctoml_document *ctoml_parse(const char *text, size_t length);
void ctoml_free(struct ctoml_document *document);

/** What is wrong with the text, and where; NULL if nothing is. Lives as long as the document. */
const char *ctoml_error(const struct ctoml_document *document, struct ctoml_position *position);

/** The root table; NULL if the text is no TOML. Nodes live as long as the document. */
const struct ctoml_node *ctoml_root(const struct ctoml_document *document);

enum ctoml_kind ctoml_kind_of(const struct ctoml_node *node);
struct ctoml_position ctoml_position_of(const struct ctoml_node *node);

/** Number of members of a table or elements of an array; 0 for anything else. */
size_t ctoml_count(const struct ctoml_node *node);
/** Element INDEX of an array, or value of member INDEX of a table, members sorted by key; NULL if there is none. */
const struct ctoml_node *ctoml_child(const struct ctoml_node *node, size_t index);
/** Key of member INDEX of a table, its LENGTH and position; NULL if there is none. */
const char *ctoml_key(const struct ctoml_node *node, size_t index, size_t *length, struct ctoml_position *position);

/** The bytes of a string and their number; NULL for anything else. */
const char *ctoml_string(const struct ctoml_node *node, size_t *length);
/** The value of an integer; 0 for anything else. */
int64_t ctoml_integer(const struct ctoml_node *node);
/** The value of a boolean; false for anything else. */
bool ctoml_boolean(const struct ctoml_node *node);

#ifdef __cplusplus
}
#endif
