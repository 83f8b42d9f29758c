#!/usr/bin/env bash
# tests/maps.sh [TREE] : the tables of overlays/ and the samples of tests/data/migrate/ as data: form, order, words, what must
# be in them, and how much of it was verified. One line a rule; what breaks it is named below.
set -u
cd "${1:-$(dirname "$0")/..}" || exit 2
export LC_ALL=C
shopt -s nullglob
samples=(tests/data/migrate/*/{expected,devcontainer}.tsv)

# The tables: facts and judgement in one program, for there are only lines.
judge_tables='
BEGIN {
	FS = "\t"
	rules = "head columns sorted unique keys verdicts verified attributes gone shared commands move keep notes families decided packages releases share"
	n = split("amazon-ecs-cli copilot-cli elixir erlang mysql80 neofetch nettools nodePackages postgresql_13 python2 " \
		"serverless silver-searcher utillinux wasm-bindgen-cli", word, " ")
	for (i = 1; i <= n; i++) gone[word[i]] = 1
	n = split("github gitlab npm pypi crates go gem image feature url source", word, " ")
	for (i = 1; i <= n; i++) kind[word[i]] = 1
	n = split("ca-certificates=keep locales=keep sudo=keep podman=keep uidmap=keep openssh-server=keep apt=keep systemd=keep " \
		"dbus=keep python3=review nodejs=review gcc=review g++=review clang=review build-essential=review git=move jq=move " \
		"curl=move ripgrep=move gnupg=move make=move pkg-config=keep pypi:pip-licenses=missing " \
		"github:charmbracelet/freeze=move url:sh.rustup.rs=review", word, " ")
	for (i = 1; i <= n; i++) { split(word[i], pair, "="); wanted[pair[1]] = pair[2] }
	n = split("lib* *-dev *-doc *-dbg *-dbgsym python3-* linux-* fonts-* locales* openjdk-* gcc-* g++-* clang-* llvm-* systemd-* " \
		"postgresql-* ruby-* golang-* node-* php* xserver-*", word, " ")
	for (i = 1; i <= n; i++) family[word[i]] = 1
}

function bad(rule, text) {
	if (++told_of[rule] > 20) return
	faults[rule] = faults[rule] "     " FILENAME ":" FNR ": " text "\n"
}

FNR == 1 { file++; before = ""; heads = 0; told = 0 }
/^#/ {
	if (before != "") bad("head", "a comment between the lines")
	heads++
	if ($0 ~ /How it was verified, on [0-9]+-[0-9]+-[0-9]+/) told = 1
	next
}
before == "" && (heads < 10 || !told) { bad("head", "the comment must explain the table, and say how it was verified and when") }
{
	key = $1; attribute = $2; commands = $3; verdict = $4; verified = $5; note = $6
	empty = 0
	for (i = 1; i <= NF; i++) empty += $i == ""
	if (NF != 6 || empty) bad("columns", NF " columns, " empty " of them empty: " key)
	if (before != "" && key < before) bad("sorted", key " after " before)
	before = key
	if ((file, key) in lines) bad("unique", key)
	lines[file, key] = 1
	if (gsub(/\*/, "*", key) > 1) bad("keys", key " has more than one *")
	if (file == 1 && key !~ /^[a-z0-9*][a-z0-9+.*-]*$/) bad("keys", key " is no Debian package")
	source = 0
	if (file == 2) {
		i = index(key, ":")
		source = substr(key, 1, i - 1) == "source"
		if (!i || !(substr(key, 1, i - 1) in kind) || length(key) == i) bad("keys", key " has no kind or no name")
		if (key ~ /[ ?#]|:\/\//) bad("keys", key " has a scheme, a query or a blank")
	}
	if (verdict !~ /^(move|keep|review|missing)$/) bad("verdicts", key ": " verdict)
	if (attribute == "-" ? verified != "-" : verified !~ /^(yes|no)$/) bad("verified", key ": " verified " with " attribute)
	name = "[A-Za-z_][A-Za-z0-9_-]*"
	if (attribute != "-" && attribute !~ ("^" name "(\\." name ")*$")) bad("attributes", key ": " attribute)
	split(attribute, part, ".")
	if (part[1] in gone) bad("gone", key ": nixpkgs has " attribute " no longer, or by another name")
	# A tool of the flake settles all that has its attribute: what a person must decide cannot share one with what moves by itself.
	if (attribute != "-" && verdict ~ /move|review/) {
		tool = attribute
		sub(/.*\./, "", tool)
		other = verdict == "move" ? "review" : "move"
		if ((tool, other) in first) bad("shared", key " is " verdict " with " attribute ", " first[tool, other] " is " other)
		if (!((tool, verdict) in first)) first[tool, verdict] = key
	}
	if (commands != "-" && commands !~ /^[A-Za-z0-9_*][A-Za-z0-9_+.*-]*(=[A-Za-z0-9_][A-Za-z0-9_+.-]*)?(,[A-Za-z0-9_*][A-Za-z0-9_+.*-]*(=[A-Za-z0-9_][A-Za-z0-9_+.-]*)?)*$/) bad("commands", key ": " commands)
	if (commands ~ /\*/ && !source) bad("commands", key ": " commands)
	if (verdict == "move" && (attribute == "-" || commands == "-")) bad("move", key " has no attribute or no commands")
	if (verdict ~ /^(keep|missing)$/ && (attribute != "-" || (commands != "-" && !source))) bad("keep", key " has an attribute or commands")
	if (note ~ /^ | $|[^ -~]|TODO|XXX/) bad("notes", key ": " note)
	if (verdict ~ /^(keep|review)$/ && note == "-" && key !~ /^(feature|url):/) bad("notes", key ": " verdict " must say why")
	exact = key !~ /\*/
	if (file == 1 && exact) packages++
	if (file == 2 && key ~ /^(github|gitlab):/) releases++
	if (file == 2) others++
	if (file == 1) delete family[key]
	if (key in wanted) { if (verdict != wanted[key]) bad("decided", key ": " verdict ", must be " wanted[key]); delete wanted[key] }
	if (note ~ /not free/ && verdict == "move") bad("decided", key ": what is not free must not move by itself")
	if (attribute != "-") { attributes++; seen += verified == "yes" }
	if (!((file, verdict) in count)) count[file, verdict] = 0
	count[file, verdict]++
}

END {
	FNR = 0
	for (w in family) bad("families", w " is missing")
	for (w in wanted) bad("decided", w " is missing, must be " wanted[w])
	if (packages < 400) bad("packages", packages " Debian packages, must be 400")
	if (releases < 100 || others < 250) bad("releases", releases " releases and " others " lines, must be 100 and 250")
	if (seen * 3 < attributes * 2) bad("share", seen " of " attributes " attributes were seen, two thirds must be")
	n = split("move keep review missing", word, " ")
	for (f = 1; f <= 2; f++) {
		line = ""
		for (i = 1; i <= n; i++) line = line " " count[f, word[i]] + 0 " " word[i] (i < n ? "," : "")
		print "note " (f == 1 ? "apt-map.tsv:    " : "release-map.tsv:") line
	}
	printf "note %d packages, %d releases; %d of %d attributes verified (%d %%)\n", packages, releases, seen, attributes, attributes ? 100 * seen / attributes : 0
	n = split(rules, rule, " ")
	for (i = 1; i <= n; i++)
		if (rule[i] in faults) printf "FAIL %s\n%s", rule[i], faults[rule[i]]
		else print "ok " rule[i]
}
'

# The samples: what is to be found, line by line, beside the file that it is to be found in.
judge_samples='
BEGIN {
	FS = "\t"
	way = "^(apt|source|deb|piped|download|add|image|pip|pipx|uv|npm|cargo|go|gem|clone|script|feature)$"
}
function bad(text) { faults = faults "     " FILENAME ":" FNR ": " text "\n" }
function beside(path) {
	sub(/expected\.tsv$/, "Containerfile", path)
	sub(/devcontainer\.tsv$/, "devcontainer.json", path)
	return path
}
FNR == 1 {
	delete text
	n = 0
	while ((getline text[++n] < beside(FILENAME)) > 0) ;
	last = 1
}
{
	if (NF != 7) { bad(NF " columns, must be 7"); next }
	if ($1 !~ /^[0-9]+$/ || $1 < last || $1 >= n) bad("line " $1 " behind line " last " of a file of " n - 1)
	last = $1
	if ($2 !~ way) bad("way " $2)
	if ($3 == "" || $4 == "" || $7 == "") bad("an empty column")
	if ($5 !~ /^(no|range|version|digest)$/) bad("pin " $5)
	if ($6 !~ /^(none|https|same-origin|registry|key|pinned)$/) bad("check " $6)
	if ($5 == "version" && $4 == "-") bad("pinned by a version that is not told")
	if ($2 == "apt" && $3 ~ /[:=\/]/) bad("name " $3)
	ways[$2]++
}
END {
	FILENAME = "tests/data/migrate"; FNR = 0
	n = split("apt source deb piped download add image pip pipx uv npm cargo go gem clone script feature", word, " ")
	for (i = 1; i <= n; i++) if (!(word[i] in ways)) bad("no sample of " word[i])
	if (containerfiles < 34 || devcontainers < 4) bad(containerfiles " Containerfiles and " devcontainers " devcontainer.json, must be 34 and 4")
	for (w in ways) findings += ways[w]
	printf "note %d samples of Containerfiles, %d of devcontainer.json: %d findings\n", containerfiles, devcontainers, findings
	if (faults != "") printf "FAIL samples\n%s", faults
	else print "ok samples"
}
'
containerfiles=(tests/data/migrate/*/Containerfile) devcontainers=(tests/data/migrate/*/devcontainer.json)
{
	awk "$judge_tables" overlays/apt-map.tsv overlays/release-map.tsv || echo "FAIL tables: cannot be read"
	awk -v containerfiles=${#containerfiles[@]} -v devcontainers=${#devcontainers[@]} "$judge_samples" "${samples[@]}" ||
		echo "FAIL samples: cannot be read"
} | awk '
	{ print }
	/^ok / { passed++ }
	/^FAIL / { failed++ }
	END { print passed + 0 " passed, " failed + 0 " failed"; exit failed > 0 || !passed }
'
