#include "password.h"

#include <string.h>

// By its address the server finds our data again, whichever instance asks.
static const char place;

static void *key(void) {
    return (void *)(uintptr_t)&place;
}

static int wipe(struct stepup_password *password) {
    explicit_bzero(password->bytes, password->length);
    return 0;
}

const struct stepup_password *stepup_password_kept(REQUEST *request) {
    return request_data_reference(request, key(), 0);
}

static bool keep(REQUEST *request, const void *bytes, size_t length, bool split) {
    struct stepup_password *password = talloc_size(request, sizeof *password + length);
    if (password == NULL) {
        return false;
    }
    talloc_set_name_const(password, "struct stepup_password");
    password->split = split;
    password->length = length;
    if (length > 0) {
        memcpy(password->bytes, bytes, length);
    }
    talloc_set_destructor(password, wipe);
    if (request_data_add(request, key(), 0, password, true) != 0) {
        (void)talloc_free(password);
        return false;
    }
    return true;
}

bool stepup_password_keep(REQUEST *request) {
    return keep(request, NULL, 0, false);
}

bool stepup_password_split(REQUEST *request, VALUE_PAIR *field, size_t offset, size_t length) {
    if (offset > field->vp_length || length > field->vp_length - offset ||
        !keep(request, field->vp_octets, field->vp_length, true)) {
        return false;
    }
    const struct stepup_password *password = stepup_password_kept(request);
    explicit_bzero((void *)(uintptr_t)field->vp_octets, field->vp_length);
    fr_pair_value_bstrncpy(field, password->bytes + offset, length);
    return true;
}
