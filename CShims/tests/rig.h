#pragma once

// Counting, time and folders for the C tests.

#include <stdbool.h>
#include <stdint.h>

/// Counts one check; a failed one prints where and what.
#define CHECK(condition) rig_check((condition), __FILE__, __LINE__, #condition)
/// As above for numbers, showing both.
#define CHECK_IS(actual, expected) rig_check_is((long)(actual), (long)(expected), __FILE__, __LINE__, #actual)

/// Names the promise that the next checks are about.
void rig_promise(const char *name);
void rig_check(bool good, const char *file, int line, const char *text);
void rig_check_is(long actual, long expected, const char *file, int line, const char *text);

/// Prints `N passed, N failed`; the exit status.
int rig_finish(void);

int64_t rig_now_ms(void);

/// How much slower than real everything may be: 1, or SLOW under valgrind.
int rig_slowness(void);

/// Open descriptors of this process.
int rig_count_descriptors(void);

/// A new private folder.
const char *rig_make_folder(void);

/// Number of entries, not counting `.` and `..`; -1 if it cannot be read.
int rig_count_files(const char *folder);

/// Removes a folder with all it holds.
void rig_remove_folder(const char *folder);

/// The bytes of the only `*.frame` in a folder; their number, 0 if there is not exactly one.
long rig_read_only_frame(const char *folder, uint8_t *bytes, unsigned long size);
