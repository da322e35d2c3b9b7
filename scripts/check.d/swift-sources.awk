# Reads Swift files and prints FILE:LINE: text for each import that goes up a floor, each trap without its reason, and each
# lock that the thread sanitizer cannot see.
# Written for POSIX awk (mawk has no \b and no intervals). Usage: awk -f swift-sources.awk Sources/TARGET/FILE.swift...

# add(FLOOR, NAMES): puts targets on a floor.
function add(level, names,   list, count, i) {
  count = split(names, list, " ")
  for (i = 1; i <= count; i++) floor[list[i]] = level
}

# only(MODULE, TARGETS): the targets that may import this module; an empty list is nobody.
function only(module, targets) { importers[module] = " " targets " " }

BEGIN {
  add(0, "CLinux CInotifyTools CSimdjson CSQLite CCrypto CSeccomp")
  add(1, "SluiceSystem")
  add(2, "SluiceChannel SluiceReactor SluiceWire SluicePolicy SluiceStore SluiceCommandLine")
  add(3, "SluiceTransports")
  add(4, "SluiceServer SluiceRelay SluiceScan")
  add(5, "SluiceMigration")
  add(6, "SluiceCommands")
  # The executable stands on the top floor and is a few lines over it.
  add(7, "sluice")

  only("Glibc", "SluiceSystem")
  only("CLinux", "SluiceSystem")
  only("CInotifyTools", "SluiceSystem")
  only("CCrypto", "SluiceSystem")
  only("CSeccomp", "SluiceSystem")
  only("CSQLite", "SluiceStore")
  only("CSimdjson", "SluiceWire")
  only("Foundation", "")
  only("FoundationEssentials", "")
  only("FoundationInternationalization", "")
  only("FoundationNetworking", "")
  only("FoundationXML", "")

  # These decide and touch nothing: beside their own C face (above) they may import no target at all.
  pure = " SluiceChannel SluiceWire SluicePolicy SluiceCommandLine "
  # Modules of the toolchain that every target may import.
  free = " Synchronization "
}

function violation(text) { print FILENAME ":" FNR ": " text }

# judge(MODULE): why this target may not import the module, or nothing.
function judge(module) {
  if (module in importers) {
    if (index(importers[module], " " target " ")) return ""
    if (importers[module] == "  ") return "no target may import " module
    return "only" substr(importers[module], 1, length(importers[module]) - 1) " may import " module ", " target " may not"
  }
  if (index(free, " " module " ")) return ""
  if (!(module in floor)) return module " is on no floor: " target " may not import it"
  if (index(pure, " " target " ")) return target " is pure and may not import " module
  if (floor[module] >= floor[target])
    return target " (floor " floor[target] ") may not import " module " (floor " floor[module] "): imports go down only"
  return ""
}

# visible(LINE): the line with comments and strings taken out, and `commented` set when it held a comment. Block comments
# (which nest) and multi-line strings carry over to the next line in `depth` and `quoted`.
function visible(line,   kept, two) {
  kept = ""
  commented = depth > 0
  while (line != "") {
    two = substr(line, 1, 2)
    if (quoted) {
      if (substr(line, 1, 1) == "\\") { line = substr(line, 3); continue }
      if (substr(line, 1, 3) == "\"\"\"") { quoted = 0; kept = kept "\""; line = substr(line, 4); continue }
    } else if (two == "/*") { depth++; commented = 1; line = substr(line, 3); continue }
    else if (depth > 0) {
      if (two == "*/") { depth--; line = substr(line, 3); continue }
    } else if (two == "//") { commented = 1; return kept }
    else if (substr(line, 1, 3) == "\"\"\"") { quoted = 1; kept = kept "\""; line = substr(line, 4); continue }
    else if (substr(line, 1, 1) == "\"") { line = after_string(substr(line, 2)); kept = kept "\"\""; continue }
    else kept = kept substr(line, 1, 1)
    line = substr(line, 2)
  }
  return kept
}

# after_string(TEXT): what follows the closing quote of a one-line string.
function after_string(text,   character) {
  while (text != "") {
    character = substr(text, 1, 1)
    text = substr(text, character == "\\" ? 3 : 2)
    if (character == "\"") return text
  }
  return ""
}

# check_import(STATEMENT): judges one statement where it is an import.
function check_import(statement,   module, reason) {
  sub(/^[ \t]+/, "", statement)
  while (sub(/^@[A-Za-z_]+(\([^)]*\))?[ \t]*/, "", statement)) continue
  while (sub(/^(public|package|internal|fileprivate|private)[ \t]+/, "", statement)) continue
  if (!sub(/^import[ \t]+/, "", statement)) return
  sub(/^(typealias|struct|class|enum|protocol|let|var|func|actor)[ \t]+/, "", statement)
  module = statement
  sub(/[^A-Za-z0-9_].*$/, "", module)
  reason = judge(module)
  if (reason != "") violation(reason)
}

FNR == 1 {
  count = split(FILENAME, parts, "/")
  target = parts[2]
  depth = 0
  quoted = 0
  previous_commented = 0
  if (!(target in floor)) violation("target " target " is on no floor: add it to scripts/check.d/swift-sources.awk")
}

{
  code = visible($0)
  if (target in floor) {
    count = split(code, statements, ";")
    for (i = 1; i <= count; i++) check_import(statements[i])
  }
  if (code ~ /(^|[^A-Za-z0-9_])Mutex[ \t]*[<(]/)
    violation("Mutex is invisible to the thread sanitizer: use Lock of SluiceSystem")
  if (!commented && !previous_commented) {
    if (code ~ /(^|[^A-Za-z0-9_])fatalError[ \t]*\(/) violation("fatalError without a comment that gives the reason")
    if (code ~ /(^|[^A-Za-z0-9_])try!/) violation("try! without a comment that gives the reason")
    if (code ~ /(^|[^A-Za-z0-9_])as!/) violation("as! without a comment that gives the reason")
    if (code ~ /@unchecked[ \t]+Sendable/) violation("@unchecked Sendable without a comment that gives the reason")
  }
  previous_commented = commented
}
