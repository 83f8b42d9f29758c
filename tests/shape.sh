#!/usr/bin/env bash
# tests/shape.sh [TREE] : the shape of bootstrap/: floors, budgets, forbidden words, header docs. One line a rule; what
# breaks it is named below. The first awk program reads the C sources and tells facts; the second judges them.
set -u
cd "${1:-$(dirname "$0")/..}" || exit 2
export LC_ALL=C
shopt -s nullglob
files=(bootstrap/main.[c] bootstrap/*/*.[ch])
facts=$(mktemp) && trap 'rm -f "$facts"' EXIT || exit 2

# ---- facts: tab-separated lines of kind, file, line, then
#   include HEADER | conditional TEXT | word NAME | print NAME | left TEXT   as found in a line
#   function NAME LENGTH PARAMETERS DEPTH   LENGTH from the signature's first line to the closing brace
#   mutable NAME                            a variable of static storage that can change
#   doc NAME 0|1                            a declaration of a header, and whether a comment tells about it
#   lines COUNT
read_sources='
function fact(kind, line, a, b, c, d) {
	print kind "\t" file "\t" line "\t" a "\t" b "\t" c "\t" d
}

# The line without comments and without what is in quotes; notes which lines have a comment.
function strip(s,    out, c) {
	out = ""
	for (;;) {
		if (in_comment) {
			comment[line] = 1
			if (!(c = index(s, "*/"))) return out
			s = substr(s, c + 2)
			in_comment = 0
			out = out " "
		}
		if (!match(s, /["\047]|\/\/|\/\*/)) return out s
		out = out substr(s, 1, RSTART - 1)
		c = substr(s, RSTART, RLENGTH)
		s = substr(s, RSTART + RLENGTH)
		if (c == "/*") in_comment = 1
		else if (c == "//") { comment[line] = 1; return out }
		else {
			out = out c c
			if (c == "\"" && !match(s, /^([^"\\]|\\.)*"/)) return out
			if (c == "\047" && !match(s, /^([^\047\\]|\\.)*\047/)) return out
			s = substr(s, RLENGTH + 1)
		}
	}
}

# Calls and names that a line of code has, wherever it stands.
function words(s,    rest, name, before) {
	rest = s
	before = " "
	while (match(rest, /[A-Za-z_][A-Za-z0-9_]*/)) {
		name = substr(rest, RSTART, RLENGTH)
		if (RSTART > 1) before = substr(rest, RSTART - 1, 1)
		rest = substr(rest, RSTART + RLENGTH)
		if (name ~ /filter_all|format_all/) fact("word", line, name)
		if (before !~ /[.>]/ && rest ~ /^[ \t]*\(/) {
			if (name in forbidden) fact("word", line, name)
			if (name in printing) fact("print", line, name)
		}
		if (name == "stdout" || name == "stderr") fact("print", line, name)
		before = " "
	}
}

# Is there a comment on lines first..last, or a line of comment alone right above?
function told(first, last,    i) {
	for (i = first; i <= last; i++)
		if (comment[i]) return 1
	return comment[first - 1] && !code[first - 1]
}

# Declarations without an empty line between share the comment above the first.
function declaration(name, first, last,    is) {
	is = told(first, last) || (group_end == first - 1 && group_told)
	group_end = last
	group_told = is
	if (header) fact("doc", first, name, is)
}

# Can the variable declared by these tokens change? With a pointer, the last star must be followed by const.
function changeable(s) {
	sub(/ = .*/, "", s)
	gsub(/__attribute__ \( \(.*\) \)/, "", s)
	gsub(/\[[^]]*\]/, "", s)
	if (s ~ /\*/) sub(/.*\*/, "", s)
	return s !~ /(^| )const( |$)/
}
function variable_name(s) {
	sub(/ [=\[].*/, "", s)
	sub(/ ;.*/, "", s)
	sub(/^.* /, "", s)
	return s
}

# A whole item of file scope that ends in a semicolon.
function item_end(    s) {
	s = item
	sub(/^ /, "", s)
	if (s ~ /^(typedef|_Static_assert|static_assert) /) {
		if (s ~ /^typedef/) declaration("typedef", item_line, line)
	} else if (s ~ /^(struct|union|enum)( [A-Za-z_0-9]+)?( \{\})?$/) {
		;
	} else if (s !~ / = / && s !~ /\{\}/ && callee != "" && !callee_star) {
		declaration(callee, item_line, line)
	} else {
		if (changeable(s)) fact("mutable", item_line, variable_name(s))
		declaration(variable_name(s), item_line, line)
	}
	item = ""
}

function open_brace(    kind) {
	if (level == 0) {
		if (item ~ /(struct|union|enum)( [A-Za-z_0-9]+)?$/ && item !~ / = /) {
			kind = item ~ /enum( [A-Za-z_0-9]+)?$/ ? "enum" : "struct"
			declaration(kind " " variable_name(item), item_line, line)
		} else if (item ~ /\)( [A-Z_]+)?$/ && item !~ / = /) {
			kind = "function"
			function_name = callee
			function_line = item_line
			function_parameters = parameters
			deepest = pending[0] = 0
			if (header) declaration(callee, item_line, line)
		} else
			kind = "data"
	} else if (kinds[level] == "struct" && field ~ /(struct|union)( [A-Za-z_0-9]+)?$/) {
		kind = "struct"
		field = ""
	} else
		kind = kinds[level] == "function" || kinds[level] == "block" ? "block" : "data"
	level++
	kinds[level] = kind
	pending[level] = 0
	outer_paren[level] = paren
	paren = 0
	field = ""
	previous = "{"
}

function close_brace() {
	paren = outer_paren[level]
	if (kinds[level] == "function") {
		fact("function", function_line, function_name, line - function_line + 1, function_parameters, deepest)
		item = ""
	} else if (level == 1)
		item = item " {}"
	field = kinds[level] == "struct" && level > 1 ? "{}" : ""
	field_line = line
	level--
	if (level > 0 && paren == 0) pending[level] = 0
	previous = "}"
}

# Nesting: a head (if, for, ...) counts until its statement ends, with or without braces; "else if" counts once.
function statement(t,    i, sum) {
	if (t == ";" && paren == 0) pending[level] = 0
	if (t !~ /^(if|else|for|while|do|switch)$/ || (t == "if" && previous == "else")) return
	if (t == "while" && previous == "}" && after_do[level]) { after_do[level] = 0; return }
	if (t == "do") after_do[level] = 1
	pending[level]++
	sum = 0
	for (i = 1; i <= level; i++) sum += pending[i]
	if (sum > deepest) deepest = sum
}

function token(t,    name) {
	if (t == "{") { open_brace(); return }
	if (t == "}") { close_brace(); return }
	if (level == 0) {
		if (t == ";" && paren == 0) { item_end(); previous = t; return }
		if (item == "") { item_line = line; callee = ""; in_callee = 0 }
		if (t == "(" && paren == 0 && callee == "" && previous !~ /^([A-Z_0-9]+|__attribute__)$/) {
			callee = previous
			in_callee = 1
			parameters = callee_star = 0
		} else if (in_callee) {
			if (t == "," && paren == 1) parameters++
			else if (parameters == 0 && t != ")" && t != "void") { parameters = 1; callee_star = t == "*" && previous == "(" }
			if (t == ")" && paren == 1) in_callee = 0
		}
		item = item " " t
	} else if (kinds[level] == "struct") {
		if (t == ";" && paren == 0) {
			name = field
			sub(/ [\[:].*/, "", name)
			if (name ~ /\( \*/) { sub(/.*\( \* /, "", name); sub(/ .*/, "", name) }
			sub(/^.* /, "", name)
			if (header && field != "{}") fact("doc", field_line, name, told(field_line, line))
			field = ""
			previous = t
			return
		}
		if (field == "") field_line = line
		field = field (field == "" ? "" : " ") t
	} else if (kinds[level] != "data") {
		statement(t)
		if (t == "static") { local = " "; local_line = line }
		if (local != "" && (t == "=" || t == ";")) {
			if (changeable(local)) fact("mutable", local_line, variable_name(local))
			local = ""
		} else if (local != "")
			local = local " " t
	}
	if (t == "(") paren++
	if (t == ")") paren--
	previous = t
}

function begin_file() {
	if (file != "") fact("lines", lines, lines)
	file = FILENAME
	header = file ~ /\.h$/
	in_comment = level = paren = lines = group_end = group_told = directive = 0
	item = field = local = previous = ""
	split("", comment)
	split("", code)
}

BEGIN {
	n = split("strcpy strcat sprintf vsprintf gets system popen atoi atol strtok alloca", a, " ")
	while (n) forbidden[a[n--]] = 1
	n = split("printf vprintf puts putchar perror", a, " ")
	while (n) printing[a[n--]] = 1
}
FNR == 1 { begin_file() }
{
	line = lines = FNR
	if (match($0, /(^|[^A-Za-z0-9_])(TOD[O]|FIXM[E]|XX[X])([^A-Za-z0-9_]|$)/)) fact("left", line, $0)
	if (!in_comment && $0 ~ /^[ \t]*#[ \t]*include[ \t]*"/) {
		split($0, a, "\"")
		fact("include", line, a[2])
	}
	s = strip($0)
	if (s ~ /[^ \t]/) code[line] = 1
	if (s ~ /^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)([^a-z]|$)/) fact("conditional", line, s)
	words(s)
	if (directive || s ~ /^[ \t]*#/) { directive = s ~ /\\$/; next }
	while (match(s, /[A-Za-z_0-9]+|[^ \t]/)) {
		t = substr(s, RSTART, RLENGTH)
		s = substr(s, RSTART + RLENGTH)
		token(t)
	}
}
END { if (file != "") fact("lines", lines, lines) }
'

# ---- the rules
judge='
function bad(rule, text) { faults[rule] = faults[rule] "    " text "\n"; if (!(rule in first)) first[rule] = text }
function where(    at) { return $2 ":" $3 }
function module_of(path) { sub(/^bootstrap\//, "", path); sub(/\.[ch]$/, "", path); return path }
function floor_of(module) { return module ~ /\// ? substr(module, 1, index(module, "/") - 1) : "main" }
function insert_sorted(n,    i) {
	for (i = ++functions; i > 1 && lengths[i - 1] > n; i--) lengths[i] = lengths[i - 1]
	lengths[i] = n
}

BEGIN {
	FS = "\t"
	rules = "floors list circles file-lines function-lines function-spread parameters depth header-lines " \
		"mutable conditionals words printing header-docs left-open"
	# What a floor may include: floors, or single modules. Its own floor too, as far as FLOORS lists it above.
	sees["base"] = " "
	sees["sys"] = " base "
	sees["format"] = " base sys/crypto sys/stream "
	sees["store"] = " base sys format "
	sees["plan"] = " base format "
	sees["cmd"] = " base sys format store plan "
	sees["main"] = " base cmd "
	n = split("base sys format store plan cmd", order, " ")
	while (n) height[order[n]] = n--
	while ((getline module < "bootstrap/FLOORS") > 0) {
		sub(/[ \t]*(#.*)?$/, "", module)
		if (module == "" || module == "main") continue
		if (module in place) bad("list", "FLOORS lists " module " twice")
		if (!(floor_of(module) in height)) bad("list", "FLOORS: no floor for " module)
		if (height[floor_of(module)] < top) bad("list", "FLOORS: " module " stands above a higher floor")
		top = height[floor_of(module)]
		place[module] = ++places
	}
	if (!places) bad("list", "bootstrap/FLOORS lists nothing")
}

$1 == "lines" {
	module = module_of($2)
	if (module != "main") present[module] = 1
	if (module != "main" && !(module in place) && !missing[module]++) bad("list", module " is not in FLOORS")
	if ($4 > 600) bad("file-lines", $2 ": " $4 " lines, at most 600")
	else if ($4 > 400) notes = notes "note " $2 ": " $4 " lines; over 400, is it still one duty?\n"
	if ($2 ~ /\.h$/ && $2 != "bootstrap/base/bounds.h" && $4 > 120) # that one is a list
		bad("header-lines", $2 ": " $4 " lines, at most 120")
}
$1 == "include" {
	from = module_of($2); to = module_of($4)
	if (from == to) next
	a = floor_of(from); b = floor_of(to)
	if (to !~ /\//) bad("floors", where() ": \"" $4 "\" is not written floor/module.h")
	else if (a == b) {
		if ((to in place) && (from in place) && place[to] >= place[from])
			bad("floors", where() ": " from " may not include " to ", which FLOORS lists below it")
	} else if (!index(sees[a], " " b " ") && !index(sees[a], " " to " "))
		bad("floors", where() ": " from " may not include " to)
	if (!edge[from, to]++) uses[from] = uses[from] " " to
}
$1 == "function" {
	insert_sorted($5)
	if ($5 > 40) long++
	if ($5 > 70) bad("function-lines", where() ": " $4 " has " $5 " lines, at most 70")
	if ($6 > 5) bad("parameters", where() ": " $4 " has " $6 " parameters, at most 5")
	if ($7 > 4) bad("depth", where() ": " $4 " nests " $7 " deep, at most 4")
}
$1 == "mutable" && $2 !~ /^bootstrap\/(cmd\/|main\.c)/ { bad("mutable", where() ": " $4 " is a variable that outlives a call") }
$1 == "conditional" && $2 ~ /\.c$/ && $2 !~ /^bootstrap\/sys\// { bad("conditionals", where() ": " $4) }
$1 == "word" { bad("words", where() ": " $4) }
$1 == "print" && $2 !~ /^bootstrap\/(cmd\/|main\.c)/ { bad("printing", where() ": " $4) }
$1 == "left" { bad("left-open", where() ": " $4) }
$1 == "doc" { docs++; if ($5) documented++; else undocumented = undocumented "    " where() ": " $4 "\n" }

# What no order explains: take away, again and again, the modules that use nothing that is left.
function circles(    module, parts, n, i, busy, moved, left) {
	do {
		moved = 0
		for (module in uses) {
			if (gone[module]) continue
			n = split(uses[module], parts, " ")
			busy = 0
			for (i = 1; i <= n; i++) if ((parts[i] in uses) && !gone[parts[i]]) busy = 1
			if (!busy) { gone[module] = 1; moved = 1 }
		}
	} while (moved)
	for (module in uses) if (!gone[module]) left = left " " module
	if (left != "") bad("circles", "among:" left)
}

END {
	for (module in place) if (!(module in present)) bad("list", "FLOORS lists " module ", which is not there")
	circles()
	median = functions ? lengths[int((functions + 1) / 2)] : 0
	share = functions ? 100 * (functions - long) / functions : 100
	if (median > 15) bad("function-spread", "median " median " lines, at most 15")
	if (share < 90) bad("function-spread", sprintf("%.1f %% have at most 40 lines, at least 90 %% must", share))
	share_told = docs ? 100 * documented / docs : 100
	if (share_told < 95) {
		bad("header-docs", sprintf("%.1f %% of %d declarations are told about, at least 95 %%", share_told, docs))
		faults["header-docs"] = faults["header-docs"] undocumented
	}
	printf "%s", notes
	printf "note %d functions: median %d lines, %.1f %% at most 40, longest %d; %d of %d declarations documented\n", \
		functions, median, share, lengths[functions], documented, docs
	n = split(rules, rule, " ")
	for (i = 1; i <= n; i++) {
		if (!(rule[i] in faults)) { print "ok " rule[i]; passed++; continue }
		print "FAIL " rule[i] ": " first[rule[i]]
		printf "%s", substr(faults[rule[i]], length(first[rule[i]]) + 6)
		failed++
	}
	print passed + 0 " passed, " failed + 0 " failed"
	exit failed > 0
}
'
awk "$read_sources" "${files[@]}" >"$facts" && awk "$judge" "$facts"
