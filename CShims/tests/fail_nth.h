#pragma once

// Makes the n-th call that pam_stepup.so makes of a function fail. Linked into a program with -rdynamic, whose symbols
// then come before libc's and libpam's; a call from anywhere else, libpam included, goes through untouched.

#include <stdbool.h>

/// How a function fails.
struct fail_nth_fault {
    const char *function;
    int error;   // errno, for a function that has one
    long result; // what it returns; 0 where it returns a pointer, and a positive one is how much it moves of what
                 // it was given
};

/// Arms the fault: the n-th such call from now on fails (from 1), and with `lasting` all that come after it.
void fail_nth_arm(const struct fail_nth_fault *fault, int nth, bool lasting);

/// No call fails any more; whether one did.
bool fail_nth_disarm(void);

/// Whether a call has failed since the fault was armed.
bool fail_nth_has_struck(void);

/// What the module did since the fault was armed, a letter a success: s(ent), g(ot), w(rote), f(synced), r(enamed).
const char *fail_nth_trace(void);

/// Whether a line of the module's log held this text, since the fault was armed.
bool fail_nth_logged(const char *text);
