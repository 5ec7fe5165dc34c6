# Names the statements of a migration that take away what the version before may use, or forbid what it may write, without a
# comment `-- contract: why` above them. What a migration does to tables that it makes itself concerns nobody.

{
  if ($0 ~ /^[ \t]*--[ \t]*contract:[ \t]*[^ \t]/) reason = 1
  sub(/--.*/, "")
  text = text " " $0
  # A function's body is one text, whatever it holds.
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
    printf "%s: %s, and does not say why that does no harm (-- contract: why): %s\n", file, what, substr(statement, 1, 120)
    bad = 1
  }
}

function last_word(statement,    words) {
  words = substr(statement, RSTART, RLENGTH)
  sub(/.* /, "", words)
  return words
}

function objection(statement,    actions, count, i) {
  if (statement ~ /^(DROP|TRUNCATE|DELETE|REVOKE) / || statement ~ /^ALTER .* (DROP|RENAME) /) return "takes something away"
  if (statement ~ /^ALTER .* (TYPE|SET NOT NULL)/) return "changes what a column takes"
  if (statement ~ /^CREATE UNIQUE INDEX/) return "forbids what could be written"
  if (statement ~ /^CREATE (OR REPLACE )?(CONSTRAINT )?TRIGGER/) return "adds a trigger to what the version before writes"
  if (statement !~ /^ALTER TABLE .* ADD /) return ""
  if (statement ~ / ADD (COLUMN )?(IF NOT EXISTS )?(CONSTRAINT|CHECK|FOREIGN|UNIQUE|PRIMARY|EXCLUDE)/) return "forbids what could be written"
  if (statement ~ / (CHECK|UNIQUE)[ (;]/) return "forbids what could be written"
  # Each of its actions by itself: one column's default is no other's.
  count = split(statement, actions, / (ADD|ALTER) /)
  for (i = 1; i <= count; i++)
    if (actions[i] ~ / NOT NULL/ && actions[i] !~ / (DEFAULT|GENERATED) /) return "adds a column that the version before does not fill"
  return ""
}
