# Names the statements of a migration that remove something that the older version may use, or reject
# something that it may write, without a comment `-- contract: why` above them. A migration may do
# everything to tables that it creates itself: the older version does not know them.

{
  if ($0 ~ /^[ \t]*--[ \t]*contract:[ \t]*[^ \t]/) reason = 1
  sub(/--.*/, "")
  text = text " " $0
  # The body of a function belongs to one statement.
  if (gsub(/\$\$/, "&") % 2) inside = !inside
  if (!inside && text ~ /;[ \t]*$/) {
    judge(toupper(text))
    text = ""
    reason = 0
  }
}

END { exit bad }

function judge(statement,    subject, what) {
  gsub(/[ \t]+/, " ", statement)
  sub(/^ /, "", statement)
  if (match(statement, /^CREATE TABLE (IF NOT EXISTS )?[A-Z0-9_."]+/)) {
    own[last_word(statement)] = 1
    return
  }
  if (match(statement, /^ALTER TABLE (IF EXISTS )?(ONLY )?[A-Z0-9_."]+/)) subject = last_word(statement)
  else if (match(statement, / ON (ONLY )?[A-Z0-9_."]+/)) subject = last_word(statement)
  if (reason || subject in own) return

  what = objection(statement)
  if (what != "") {
    printf "%s: %s; state above it why this is harmless (-- contract: why): %s\n", file, what, substr(statement, 1, 120)
    bad = 1
  }
}

function last_word(statement,    words) {
  words = substr(statement, RSTART, RLENGTH)
  sub(/.* /, "", words)
  return words
}

function objection(statement,    actions, count, i) {
  if (statement ~ /^(DROP|TRUNCATE|DELETE|REVOKE) / || statement ~ /^ALTER .* (DROP|RENAME) /) return "removes something"
  if (statement ~ /^ALTER .* (TYPE|SET NOT NULL)/) return "changes the values that a column accepts"
  if (statement ~ /^CREATE UNIQUE INDEX/) return "rejects what the older version may write"
  if (statement ~ /^CREATE (OR REPLACE )?(CONSTRAINT )?TRIGGER/) return "adds a trigger to what the older version writes"
  if (statement !~ /^ALTER TABLE .* ADD /) return ""
  if (statement ~ / ADD (COLUMN )?(IF NOT EXISTS )?(CONSTRAINT|CHECK|FOREIGN|UNIQUE|PRIMARY|EXCLUDE)/) return "rejects what the older version may write"
  if (statement ~ / (CHECK|UNIQUE)[ (;]/) return "rejects what the older version may write"
  # Each action by itself, because the default of one column is not that of another.
  count = split(statement, actions, / (ADD|ALTER) /)
  for (i = 1; i <= count; i++)
    if (actions[i] ~ / NOT NULL/ && actions[i] !~ / (DEFAULT|GENERATED) /) return "adds a column that the older version does not fill"
  return ""
}
