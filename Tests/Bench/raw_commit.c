// Times one durable commit of SQLite, as the ledger is set (WAL, synchronous=FULL), and nothing else:
// raw_commit FILE COUNT BYTES [ROWS], prints microseconds, one line a commit of ROWS rows.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void run(sqlite3 *database, const char *sql) {
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK) {
        (void)fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(database));
        exit(1);
    }
}

int main(int argc, char **argv) {
    sqlite3 *database = NULL;
    sqlite3_stmt *insert = NULL;
    if (argc < 4) {
        (void)fprintf(stderr, "usage: raw_commit FILE COUNT BYTES [ROWS]\n");
        return 64;
    }
    int count = atoi(argv[2]);
    int length = atoi(argv[3]);
    int rows = argc > 4 ? atoi(argv[4]) : 1;
    char *bytes = malloc((size_t)length);
    if (bytes == NULL || sqlite3_open(argv[1], &database) != SQLITE_OK) {
        (void)fprintf(stderr, "%s cannot be opened\n", argv[1]);
        return 1;
    }
    memset(bytes, 'x', (size_t)length);
    run(database, "PRAGMA journal_mode = WAL");
    run(database, "PRAGMA synchronous = FULL");
    run(database, "CREATE TABLE event (idx INTEGER PRIMARY KEY, bytes BLOB NOT NULL)");
    if (sqlite3_prepare_v2(database, "INSERT INTO event (bytes) VALUES (?)", -1, &insert, NULL) != SQLITE_OK) {
        return 1;
    }
    for (int commit = 0; commit < count; commit++) {
        double start = now_us();
        run(database, "BEGIN IMMEDIATE");
        for (int row = 0; row < rows; row++) {
            (void)sqlite3_bind_blob(insert, 1, bytes, length, SQLITE_STATIC);
            if (sqlite3_step(insert) != SQLITE_DONE) {
                (void)fprintf(stderr, "%s\n", sqlite3_errmsg(database));
                return 1;
            }
            (void)sqlite3_reset(insert);
        }
        run(database, "COMMIT");
        (void)printf("%.1f\n", now_us() - start);
    }
    (void)sqlite3_finalize(insert);
    (void)sqlite3_close(database);
    free(bytes);
    return 0;
}
