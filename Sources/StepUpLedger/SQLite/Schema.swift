import GRDB

/// The schema, by migrations; a migration that has shipped is never changed.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 the log, tokens, challenges, policies") { db in try db.execute(sql: first) }
        migrator.registerMigration("2 the history at rest") { db in try db.execute(sql: second) }
        migrator.registerMigration("3 replies to retries") { db in try db.execute(sql: third) }
        return migrator
    }

    /// Good for a minute each, and no part of the log.
    private static let third = """
        CREATE TABLE reply (
          id INTEGER PRIMARY KEY,
          key BLOB NOT NULL CHECK (length(key) = 16),
          expires INTEGER NOT NULL,
          boot_id TEXT NOT NULL,
          boottime_expires INTEGER NOT NULL,
          reply TEXT NOT NULL
        ) STRICT;
        """

    /// A part of the fold, which can be thrown away: no trigger guards it.
    private static let second = """
        CREATE TABLE rest (
          kind TEXT NOT NULL,
          key TEXT NOT NULL,
          value TEXT NOT NULL,
          PRIMARY KEY (kind, key)
        ) STRICT;
        """

    /// Leaf bytes lie apart from leaf hashes (S26): retention drops the bytes under an authorised purge row, never a hash.
    private static let first = """
        CREATE TABLE leaf (
          idx INTEGER PRIMARY KEY,
          hash BLOB NOT NULL CHECK (length(hash) = 32)
        ) STRICT;
        CREATE TABLE body (
          idx INTEGER PRIMARY KEY REFERENCES leaf(idx),
          time INTEGER NOT NULL,
          code INTEGER NOT NULL,
          attempt TEXT,
          account TEXT,
          bytes BLOB NOT NULL
        ) STRICT;
        CREATE INDEX body_attempt ON body(attempt) WHERE attempt IS NOT NULL;
        CREATE INDEX body_account ON body(account, idx) WHERE account IS NOT NULL;
        CREATE TABLE tree (
          one INTEGER PRIMARY KEY CHECK (one = 1),
          size INTEGER NOT NULL,
          root BLOB NOT NULL CHECK (length(root) = 32),
          frontier BLOB NOT NULL
        ) STRICT;
        CREATE TABLE purge (
          first INTEGER NOT NULL,
          last INTEGER NOT NULL,
          event INTEGER NOT NULL REFERENCES leaf(idx)
        ) STRICT;
        CREATE TABLE policy (
          hash TEXT PRIMARY KEY,
          text TEXT NOT NULL
        ) STRICT;
        CREATE TABLE token (
          id TEXT PRIMARY KEY,
          account TEXT NOT NULL,
          kind TEXT NOT NULL,
          parameters TEXT NOT NULL,
          key_id TEXT NOT NULL,
          sealed BLOB NOT NULL,
          counter INTEGER,
          drift INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX token_account ON token(account);
        CREATE TABLE challenge (
          attempt TEXT PRIMARY KEY,
          binding TEXT NOT NULL,
          round INTEGER NOT NULL,
          expires INTEGER NOT NULL,
          boot_id TEXT NOT NULL,
          boottime_expires INTEGER NOT NULL,
          wrong_answers TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX challenge_expires ON challenge(expires);
        CREATE INDEX challenge_boot ON challenge(boot_id, boottime_expires);

        CREATE TRIGGER leaf_no_update BEFORE UPDATE ON leaf
          BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
        CREATE TRIGGER leaf_no_delete BEFORE DELETE ON leaf
          BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
        CREATE TRIGGER leaf_in_order BEFORE INSERT ON leaf
          WHEN NEW.idx <> (SELECT coalesce(max(idx) + 1, 0) FROM leaf)
          BEGIN SELECT RAISE(ABORT, 'leaves are appended in order'); END;
        CREATE TRIGGER body_no_update BEFORE UPDATE ON body
          BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
        CREATE TRIGGER body_no_delete BEFORE DELETE ON body
          WHEN NOT EXISTS (SELECT 1 FROM purge WHERE OLD.idx BETWEEN first AND last)
          BEGIN SELECT RAISE(ABORT, 'the log is append-only; bytes go by an authorised purge alone'); END;
        CREATE TRIGGER purge_no_update BEFORE UPDATE ON purge
          BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
        CREATE TRIGGER purge_no_delete BEFORE DELETE ON purge
          BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
        CREATE TRIGGER policy_no_update BEFORE UPDATE ON policy
          BEGIN SELECT RAISE(ABORT, 'archived policies do not change'); END;
        CREATE TRIGGER policy_no_delete BEFORE DELETE ON policy
          BEGIN SELECT RAISE(ABORT, 'archived policies do not go'); END;
        """
}
