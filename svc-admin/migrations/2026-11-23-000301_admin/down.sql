DROP TABLE hypothesis_cases, hypotheses, case_notes, cases, story_entries, reviewed_orders, audit_entries, entry_versions, entries;
DROP FUNCTION refuse_change;
