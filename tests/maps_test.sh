#!/usr/bin/env bash
# tests/maps_test.sh : plants one fault at a time in a copy of the tables and samples; tests/maps.sh must name that rule and no other.
set -u
cd "$(dirname "$0")/.." || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
a=overlays/apt-map.tsv r=overlays/release-map.tsv s=tests/data/migrate/ci-kube/expected.tsv

# plant RULES WHAT FILE SED... : changes the file of a fresh copy by sed; those rules and no others must fail.
plant() {
	local rules=$1 what=$2 file=$3 got
	shift 3
	rm -rf "$work/tree" && mkdir -p "$work/tree/tests/data" && cp -r overlays "$work/tree" && cp -r tests/data/migrate "$work/tree/tests/data"
	if [ $# -gt 0 ]; then
		sed -i -E "$@" "$work/tree/$file"
		cmp -s "$file" "$work/tree/$file" && echo "FAIL $what: nothing was planted" && failed=$((failed + 1)) && return
	fi
	got=$(tests/maps.sh "$work/tree" | sed -n 's/^FAIL \([a-z]*\).*/\1/p' | tr '\n' ' ')
	if [ "${got% }" = "$rules" ]; then
		echo "ok ${rules:-none}: $what"
		passed=$((passed + 1))
	else
		echo "FAIL $what: maps.sh named '${got% }', must be '$rules'"
		failed=$((failed + 1))
	fi
}

t=$'\t'
plant '' 'the tables as they are' $a
plant head 'no word of how it was verified' $a '/How it was verified/d'
plant head 'a comment between the lines' $r "/^crates:bat$t/i # the next one"
plant columns 'a column too few' $a "s/^(jq$t.*)${t}[^${t}]*\$/\1/"
plant columns 'a column too many' $a "s/^(jq$t.*)\$/\1$t-/"
plant sorted 'two lines changed round' $a "/^jo$t/{h;d};/^joe$t/{G}"
plant unique 'a key twice' $r "/^crates:bat$t/p"
plant keys 'a key with two stars' $a 's/^lib\*-bin/lib*-b*/'
plant keys 'a key of no kind' $r '$s/^url:/web:/'
plant keys 'a key with a query' $r "\$s/^(url:[^$t]*)/\1?query/"
plant 'verdicts decided' 'a verdict that is none' $a "s/^(jq$t.*)move/\1take/"
plant verified 'neither yes nor no' $a "s/^(jo$t.*)yes/\1maybe/"
plant verified 'verified without an attribute' $a "s/^(cups$t-$t-${t}keep$t)-/\1yes/"
plant attributes 'an attribute that Nix would not take' $a "s/^tig${t}tig/tig${t}9tig/"
plant gone 'an attribute that is gone' $a "s/^net-tools${t}net-tools/net-tools${t}nettools/"
plant shared 'decided by a person, and moved by itself' $a "s/^(docker.io$t)-$t-(${t}review$t)-/\1docker-client${t}docker\2yes/"
plant commands 'a path among the commands' $a "s,^(tig${t}tig$t)tig,\1/bin/tig,"
plant commands 'an empty command' $a "s/^(tig${t}tig$t)tig/\1tig,,tigrc/"
plant commands 'a star among the commands' $a "s/^(tig${t}tig$t)tig/\1tig*/"
plant move 'nothing that it must give' $a "s/^(tig${t}tig$t)tig/\1-/"
plant keep 'commands of what stays' $a "s/^(cups$t-$t)-/\1cupsd/"
plant 'attributes keep' 'an attribute of what is missing' $a "s/^(mpage$t)-$t-(${t}missing$t)-/\1.$t-\2no/"
plant notes 'what is to be done yet' $a "s/^(tig$t.*$t)-\$/\1TODO/"
plant notes 'review without a word' $a "s/^(gdb$t.*$t)[^${t}]*\$/\1-/"
plant families 'a family is missing' $a '/^linux-\*/d'
plant decided 'sudo from Nix' $a "s/^sudo$t-$t-${t}keep$t-/sudo${t}sudo${t}sudo${t}move${t}yes/"
plant decided 'no word of podman' $a "/^podman$t/d"
plant decided 'what is not free' $r "s/^(url:cursor.com.*)review/\1move/"
plant packages 'too few packages' $a "/^(git|jq|curl|ripgrep|gnupg|make)$t/!{/${t}move$t/d}"
plant releases 'too few releases' $r '/^github:[^c]/d;/^gitlab/d'
plant share 'too little verified' $a "s/${t}yes$t/${t}no$t/"
plant samples 'a line behind the file' $s '$s/^[0-9]+/4000/'
plant samples 'a way that is none' $s "2s/${t}apt$t/${t}apk$t/"
plant samples 'lines out of order' $s '1s/^[0-9]+/20/'
plant samples 'a column too few' $s "3s/$t-\$//"
plant samples 'a check that is none' tests/data/migrate/clone-build/expected.tsv "1s/${t}registry$t/${t}index$t/"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
