//! The ways: what somebody with write access to the database runs, and what an audit must say to it.

/// One way to tamper with a database.
pub struct Way {
    /// Table.
    pub table: &'static str,
    /// What it is for.
    pub aim: &'static str,
    /// Statements; `{x:…}` is a literal of bytes.
    pub sql: &'static str,
    /// What the audit must say; empty for what the documents name as out of reach.
    pub says: &'static str,
}

const fn way(table: &'static str, aim: &'static str, sql: &'static str, says: &'static str) -> Way {
    Way { table, aim, sql, says }
}

/// All of them, over every table.
pub const WAYS: &[Way] = &[
    // Who may do what.
    way(
        "account",
        "a role more",
        "UPDATE account SET roles = '[\"administrator\"]' WHERE number = 2",
        "account 2 is not what entry",
    ),
    way("account", "all offices", "UPDATE account SET offices = '[\"*\"]' WHERE number = 2", "`offices` was"),
    way(
        "account",
        "switched on again",
        "UPDATE account SET disabled = 0 WHERE number = 4",
        "`disabled` was 1 and is 0",
    ),
    way(
        "account",
        "another password",
        "UPDATE account SET password = '$argon2id$mine' WHERE number = 1",
        "`password` was",
    ),
    way(
        "account",
        "somebody else's sign-in",
        "UPDATE account SET subject = 'https://id.example|me' WHERE number = 2",
        "`subject` was",
    ),
    way(
        "account",
        "another login",
        "UPDATE account SET login = 'wang' WHERE number = 2",
        "`login` was \"li\"",
    ),
    way(
        "account",
        "a machine made a person",
        "UPDATE account SET machine = 0 WHERE number = 3",
        "`machine` was",
    ),
    way(
        "account",
        "speaking for another enterprise",
        "UPDATE account SET enterprise = '[\"3101910003\"]' WHERE number = 3",
        "`enterprise` was",
    ),
    way(
        "account",
        "planted",
        "INSERT INTO account (login, name, machine, roles, offices, enterprise, created_at_us) \
         VALUES ('eve', 'Eve', 0, '[\"administrator\"]', '[\"*\"]', '[]', 5)",
        "was made by no entry of the log",
    ),
    way("account", "removed", "DELETE FROM account WHERE number = 4", "account 4 is missing"),
    way("account", "more tries of a password", "UPDATE account SET failures = 0, locked_until_us = 0", ""),
    way(
        "token",
        "a scope more",
        "UPDATE token SET scopes = '[\"administer\"]' WHERE number = 1",
        "`scopes` was",
    ),
    way(
        "token",
        "for ever",
        "UPDATE token SET expires_at_us = 9000000000000000 WHERE number = 1",
        "`expires_at_us` was",
    ),
    way(
        "token",
        "valid again",
        "UPDATE token SET revoked_at_us = NULL WHERE number = 2",
        "`revoked_at_us` was",
    ),
    way(
        "token",
        "of another account",
        "UPDATE token SET account = 1 WHERE number = 1",
        "`account` was 3 and is 1",
    ),
    way("token", "another secret", "UPDATE token SET hash = {x:0909} WHERE number = 1", "`hash` was"),
    way(
        "token",
        "planted",
        "INSERT INTO token (account, name, hash, scopes, created_at_us, expires_at_us) \
         VALUES (1, 'x', {x:0808}, '[\"administer\"]', 1, 9000000000000000)",
        "was made by no entry of the log",
    ),
    way("token", "removed", "DELETE FROM token WHERE number = 2", "token 2 is missing"),
    way("invitation", "of another account", "UPDATE invitation SET account = 1", "`account` was 2 and is 1"),
    way(
        "invitation",
        "planted",
        "INSERT INTO invitation (hash, account, expires_at_us) VALUES ({x:0707}, 1, 9000000000000000)",
        "invitation `0707` was made by no entry",
    ),
    way("session", "of another account", "UPDATE session SET account = 2", "`account` was 1 and is 2"),
    way(
        "session",
        "planted",
        "INSERT INTO session (hash, account, created_at_us, expires_at_us) \
         VALUES ({x:0606}, 1, 5, 9000000000000000)",
        "session `0606` was made by no entry",
    ),
    way("used_sign_in", "a sign-in used twice", "DELETE FROM used_sign_in", ""),
    way(
        "secret",
        "another key of the draws",
        "UPDATE secret SET sealed = {x:0101} WHERE name = 'draw-master-key'",
        "secret `draw-master-key` is not what entry",
    ),
    way("secret", "removed", "DELETE FROM secret", "secret `draw-master-key` is missing"),
    way(
        "account_change",
        "asked for by somebody else",
        "UPDATE account_change SET asked_by = 3 WHERE number = 1",
        "account_change 1 is not what entry",
    ),
    way(
        "account_change",
        "never told",
        "DELETE FROM account_change WHERE number = 1",
        "account_change 1 is missing",
    ),
    way(
        "administration",
        "one administrator alone",
        "UPDATE administration SET lone = 1, declared = 1",
        "administration 1 is not what entry",
    ),
    // The registry.
    way(
        "enterprise",
        "renamed",
        "UPDATE enterprise SET name = 'Honest Co' WHERE number = 1",
        "`name` was \"first\"",
    ),
    way(
        "enterprise",
        "planted",
        "INSERT INTO enterprise VALUES (9, NULL, 5)",
        "enterprise 9 was made by no entry",
    ),
    way("enterprise", "removed", "DELETE FROM enterprise WHERE number = 2", "enterprise 2 is missing"),
    way(
        "identifier",
        "of another enterprise",
        "UPDATE identifier SET enterprise = 1 WHERE id = '3101910003'",
        "identifier `3101910003` is not what entry",
    ),
    way(
        "identifier",
        "planted",
        "INSERT INTO identifier VALUES ('3101919999', 1, 1, 5)",
        "identifier `3101919999` was made by no",
    ),
    way(
        "identifier",
        "removed",
        "DELETE FROM identifier WHERE id = '3101910002'",
        "identifier `3101910002` is missing",
    ),
    way(
        "fact_list",
        "facts that mean others",
        "UPDATE fact_list SET names = 'findings_1y' WHERE names = 'level'",
        "`names` was \"level\"",
    ),
    way(
        "enterprise_record",
        "another level",
        "UPDATE enterprise_record SET facts = 'advanced' WHERE number = 1",
        "`facts` was \"regular\" and is \"advanced\"",
    ),
    way(
        "enterprise_record",
        "in force earlier",
        "UPDATE enterprise_record SET valid_from = 10000 WHERE number = 1",
        "`valid_from` was",
    ),
    way(
        "enterprise_record",
        "on another's word",
        "UPDATE enterprise_record SET person = 'wang' WHERE number = 1",
        "`person` was",
    ),
    way(
        "enterprise_record",
        "withdrawal undone",
        "UPDATE enterprise_record SET withdraws = NULL WHERE number = 3",
        "`withdraws` was 2 and is null",
    ),
    way(
        "enterprise_record",
        "withdrawal planted",
        "INSERT INTO enterprise_record SELECT 9, enterprise, kind, valid_from, valid_to, fact_list, '', related, 'x', 'x', 5, 1 \
         FROM enterprise_record WHERE number = 1",
        "enterprise_record 9 was made by no entry",
    ),
    way(
        "enterprise_record",
        "removed",
        "DELETE FROM enterprise_record WHERE number = 1",
        "enterprise_record 1 is missing",
    ),
    way("event", "a finding removed", "DELETE FROM event WHERE number = 1", "event 1 is missing"),
    way(
        "event",
        "a smaller amount",
        "UPDATE event SET amount_fen = 1 WHERE number = 2",
        "`amount_fen` was 700",
    ),
    way("event", "on another day", "UPDATE event SET day = 10000 WHERE number = 1", "`day` was"),
    way(
        "event",
        "of another enterprise",
        "UPDATE event SET enterprise = 2 WHERE number = 1",
        "`enterprise` was 1 and is 2",
    ),
    way(
        "event",
        "withdrawal planted",
        "INSERT INTO event (number, enterprise, kind, day, amount_fen, ground, person, at_us, withdraws) SELECT 99, enterprise, kind, day, amount_fen, 'x', 'x', 5, 1 FROM event WHERE number = 1",
        "event 99 was made by no entry",
    ),
    way("event_day", "fewer findings", "UPDATE event_day SET events = 0 WHERE kind = 1", "event_day [1,1,"),
    way("event_day", "removed", "DELETE FROM event_day", "event_day [1,1,"),
    way(
        "event_day",
        "planted",
        "INSERT INTO event_day VALUES (2, 1, 20000, 4, 0)",
        "event_day [2,1,20000] is 4 events",
    ),
    way(
        "event_kind",
        "findings under another name",
        "UPDATE event_kind SET name = 'praise' WHERE number = 1",
        "`name` was \"finding\"",
    ),
    way(
        "event_kind",
        "as if there were none",
        "UPDATE event_kind SET events = 0",
        "event_kind `finding` is 0 events",
    ),
    // Work.
    way(
        "task",
        "completed without anybody",
        "UPDATE task SET state = 'completed' WHERE number = 3",
        "`state` was \"waiting\"",
    ),
    way("task", "another officer", "UPDATE task SET drawn = 'wang' WHERE number = 2", "`drawn` was \"li\""),
    way(
        "task",
        "due later",
        "UPDATE task SET due_us = 9000000000000000, stands_at = 9000000000000000 WHERE number = 3",
        "`stands_at` was",
    ),
    way("task", "nothing was found", "UPDATE task SET outcome = NULL WHERE number = 1", "`outcome` was"),
    way("task", "at another office", "UPDATE task SET office = 3101 WHERE number = 3", "`office` was 5301"),
    way(
        "task",
        "of another enterprise",
        "UPDATE task SET enterprise = '3101910003' WHERE number = 3",
        "`enterprise` was",
    ),
    way("task", "removed", "DELETE FROM task WHERE number = 3", "task 3 is missing"),
    way("task", "held longer", "UPDATE task SET lease_until_us = 9000000000000000", ""),
    way("lot", "clear without a test", "UPDATE lot SET state = 'cleared' WHERE number = 1", "`state` was"),
    way(
        "lot",
        "a new first declaration",
        "UPDATE lot SET first_matter = 'other' WHERE number = 1",
        "`first_matter` was",
    ),
    way("lot", "removed", "DELETE FROM lot", "lot 1 is missing"),
    way(
        "application",
        "approved",
        "UPDATE application SET state = 'admitted' WHERE number = 1",
        "application 1 is not what entry",
    ),
    way(
        "application",
        "other statements",
        "UPDATE application SET facts = '{\"places\":9}' WHERE number = 1",
        "application 1 is not what entry",
    ),
    way(
        "application",
        "another reviewer",
        "UPDATE application SET reviewed_by = 'wang' WHERE number = 1",
        "application 1 is not what entry",
    ),
    way(
        "application",
        "looked at never again",
        "UPDATE application SET unchecked = 0, look_on = NULL WHERE number = 1",
        "application 1 is not what entry",
    ),
    way("application", "removed", "DELETE FROM application", "application 1 is missing"),
    // The law.
    way("pack", "another text of the law", "UPDATE pack SET files = '[]' WHERE number = 1", "`files` was"),
    way("pack", "under another name", "UPDATE pack SET hash = 'aa' WHERE number = 2", "`hash` was"),
    way(
        "pack_release",
        "in force on another day",
        "UPDATE pack_release SET active_from = 1 WHERE number = 1",
        "`active_from` was",
    ),
    way(
        "pack_release",
        "approved by nobody",
        "UPDATE pack_release SET state = 'approved', active_from = 20000 WHERE number = 2",
        "pack_release 2 is not what entry",
    ),
    way(
        "pack_move",
        "by somebody else",
        "UPDATE pack_move SET person = 'wang' WHERE number = 2",
        "`person` was",
    ),
    way("pack_move", "removed", "DELETE FROM pack_move WHERE number = 2", "is missing"),
    // Who is told, and what is counted.
    way(
        "webhook",
        "told somewhere else",
        "UPDATE webhook SET url = 'https://eve.example/' WHERE id = 'a'",
        "`url` was",
    ),
    way(
        "webhook",
        "told of nothing",
        "UPDATE webhook SET filter = '{\"kinds\":[\"pack\"]}' WHERE id = 'a'",
        "`filter` was",
    ),
    way("webhook", "another secret", "UPDATE webhook SET secrets = {x:05} WHERE id = 'a'", "`secrets` was"),
    way("webhook", "switched off", "UPDATE webhook SET active = 0 WHERE id = 'a'", "`active` was 1 and is 0"),
    way("webhook", "entries passed over", "UPDATE webhook SET next_entry = 999 WHERE id = 'a'", ""),
    way(
        "webhook_dead_letter",
        "a lost delivery forgotten",
        "DELETE FROM webhook_dead_letter",
        "webhook_dead_letter [\"a\",0] is missing",
    ),
    way("rate_alarm", "an alarm hidden", "DELETE FROM rate_alarm", "rate_alarm `2024/3101/cap` is missing"),
    way("rate_alarm", "of another year", "UPDATE rate_alarm SET year = 2020", "`year` was 2024"),
    way(
        "rate_turn",
        "draws passed over",
        "UPDATE rate_turn SET next_entry = 100000",
        "rate_turn 1 is 100000 entries",
    ),
    way(
        "request",
        "an answer that is not there",
        "UPDATE request SET first_seq = 100000",
        "request `broker` `k1` is",
    ),
    // The log itself.
    way(
        "log",
        "what it says of a row",
        "UPDATE log SET body = {x:7b7d} WHERE seq = (SELECT MAX(seq) FROM log WHERE kind = 9)",
        "is not what it was when it was logged",
    ),
    way(
        "log",
        "an image removed",
        "DELETE FROM log WHERE seq = (SELECT MAX(seq) FROM log WHERE kind = 9)",
        "is missing",
    ),
    way("log", "the end cut off", "DELETE FROM log WHERE seq > 20", "is missing"),
    way("log_frontier", "fewer entries", "UPDATE log_frontier SET peaks = {x:}", "does not fit its size"),
    way(
        "log_head",
        "a forged head",
        "UPDATE log_head SET at_us = at_us + 1",
        "is not signed by this log's key",
    ),
];
