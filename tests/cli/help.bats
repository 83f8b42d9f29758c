# What the program says about itself, and how it refuses what it does not understand.
load ../lib

verbs=(init lock update migrate apply verify env status versions doctor generations diff-generations rollback rechown remove completion)

setup() {
    work_folder
}

teardown() {
    unlocked "$BATS_TEST_TMPDIR"
}

# terminal COMMAND: its words as a terminal shows them, in $output; stderr is the terminal too.
terminal() { run env TERM=xterm script -qec "$1" /dev/null < /dev/null; }

@test "without arguments it shows the three steps of a first use and all verbs" {
    graft
    exits 0 "three steps" "1. nixgraft lock" "2. nixgraft apply" "3. nixgraft verify" "Exit status"
    for verb in "${verbs[@]}"; do grep -qE "^  $verb +[a-z]" <<< "$output"; done
    [ -z "$stderr" ]
    words=$output
    for same in --help -h help; do
        graft "$same"
        exits 0
        [ "$output" = "$words" ]
    done
}

@test "each verb has a help with its usage, its options and the common ones" {
    for verb in "${verbs[@]}"; do
        for option in --help -h; do
            graft "$verb" "$option"
            exits 0 "nixgraft $verb - " "Usage: nixgraft $verb [OPTION]..." "--json" "--quiet" "--help"
            [ -z "$stderr" ]
        done
        words=$output
        graft help "$verb"
        exits 0
        [ "$output" = "$words" ]
    done
    graft rollback --help
    exits 0 "Usage: nixgraft rollback [OPTION]... [GENERATION]"
    graft lock --help
    exits 0 --lock --cache --trusted-key --system --tool --expose --nix --manifest --flake --check --dry-run
    graft apply --help
    exits 0 --lock --root --cache --offline --jobs --force --dry-run --no-sync
    graft verify --help
    exits 0 --lock --root --repair
}

# An option is in the section of its verb, or in the common one, or in that of apply where the verb's refers to it.
@test "the manual page has every verb and every option of each" {
    local page=$BATS_TEST_TMPDIR/page verb option
    sed 's/\\-/-/g' "$TOP/docs/nixgraft.1" > "$page"
    section() { awk -v head="$1" '/^\.S[HS] / { in_it = $0 == head } in_it' "$page"; }
    for verb in "${verbs[@]}"; do
        [[ $(section ".SH SYNOPSIS") == *"nixgraft $verb"$'\n'* ]]
        { section ".SS $verb" && section ".SH COMMON OPTIONS"; } > told
        ! section ".SS $verb" | tr '\n' ' ' | grep -q "akes the options of .B apply" || section ".SS apply" >> told
        graft "$verb" --help
        for option in $(sed -n '/^Options:/,$s/^ *\(-[a-z], \)\?\(--[a-z-]*\).*/\2/p' <<< "$output"); do
            grep -q -- "$option\($\|[^a-z-]\)" told || fail "the manual does not tell of nixgraft $verb $option"
        done
    done
    [ "$(grep -c '^\.SS ' "$page")" = "${#verbs[@]}" ]
}

@test "the version is followed by those of the libraries inside" {
    for option in --version -V; do
        graft "$option"
        exits 0
        [[ ${lines[0]} =~ ^nixgraft\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
        for library in libcurl openssl libarchive zstd liblzma sqlite; do
            grep -qiE "^ +$library +[^ ]*[0-9]+\.[0-9]+" <<< "$output" || fail "no version of $library" "$output"
        done
    done
}

@test "an unknown verb, option, value or operand is refused with 2 and the words" {
    graft graft
    exits 2 "'graft' is no verb" "nixgraft --help"
    graft --frobnicate
    exits 2 "--frobnicate"
    for verb in "${verbs[@]}"; do
        graft "$verb" --frobnicate
        exits 2 "nixgraft $verb: unknown option '--frobnicate'" "nixgraft $verb --help"
        graft "$verb" -Z
        exits 2 "unknown option '-Z'"
    done
    for verb in lock apply verify; do
        graft "$verb" stray
        exits 2 "'stray' is not expected"
        graft "$verb" -- --lock
        exits 2 "'--lock' is not expected"
        graft "$verb" --lock
        exits 2 "option --lock needs a value: FILE"
        graft "$verb" --json=yes
        exits 2 "option --json takes no value"
    done
    for jobs in 0 -1 x 99999 ""; do
        graft apply --jobs "$jobs"
        exits 2 "option --jobs: '$jobs' must be a number from 1 to"
    done
    for shell in "" tcsh "bash zsh"; do
        # shellcheck disable=SC2086
        graft completion $shell
        exits 2 "name one shell: bash, zsh or fish"
    done
}

@test "values are taken as --name VALUE, --name=VALUE, -n VALUE and -nVALUE, and the last one counts" {
    for given in "--lock nowhere" "--lock=nowhere" "-l nowhere" "-lnowhere" "--lock other --lock nowhere"; do
        # shellcheck disable=SC2086
        graft apply $given --root .
        exits 6 "nowhere: there is no such lock" "nixgraft lock"
        silent_on other
    done
}

@test "with --json a failure is one document on stdout, and the line for people stays on stderr" {
    graft apply --json --lock nowhere --root .
    exits 6
    json '.result == "failed" and .status == 6 and (.error | startswith("nowhere: "))'
    [[ $stderr == "nixgraft apply: nowhere: "* ]]
    graft apply --json --root "$PWD/nowhere"
    exits 5
    json '.status == 5 and (.error | contains("nowhere"))'
    graft lock --json --tool jq=/tmp/jq
    exits 2
    json '.status == 2 and (.error | contains("/tmp/jq"))'
}

@test "with --json an option that is not understood is told in a document too" {
    for words in "apply --json --frobnicate" "apply --frobnicate --json" "apply --frobnicate --lock x --json" "apply --json --lock" \
        "apply --jobs 0 --json" "apply --json stray" "graft --json" "--json apply" "completion bash --json" "completion --json"; do
        # shellcheck disable=SC2086
        graft $words
        exits 2
        json '.result == "failed" and .status == 2'
        [ "$(wc -l <<< "$stderr")" = 1 ] || fail "$stderr"
    done
    for words in "apply --frobnicate -- --json" "apply --frobnicate --json=no"; do
        # shellcheck disable=SC2086
        graft $words
        exits 2 "unknown option '--frobnicate'"
        [ -z "$output" ]
    done
}

@test "with --json a negative answer without a report is one document" {
    lock=$(lock_of small jq)
    tiny_root root
    graft lock --check --json --lock nowhere --tool "jq=$(path small jq)"
    exits 1
    json '.status == 1 or .result == "stale"'
    graft verify --json --lock "$lock" --root root
    exits 4
    json '.status == 4 or (.findings | length) > 0'
}

@test "without a terminal there is no escape byte and no progress" {
    lock=$(lock_of small jq)
    tiny_root root
    escape=$'\e'
    graft apply --no-sync --lock "$lock" --root root
    exits 0 "fetching 4 paths"
    silent_on "$escape" $'\r'
    graft apply --lock nowhere --root root
    exits 6
    silent_on "$escape"
}

@test "on a terminal errors have colour" {
    tiny_root root
    terminal "'$NIXGRAFT' apply --lock nowhere --root root"
    exits 6 $'\e[1;31mnixgraft apply:\e[0m nowhere'
}

@test "NO_COLOR, TERM=dumb and --quiet are heeded on a terminal" {
    lock=$(lock_of small jq)
    tiny_root root
    terminal "NO_COLOR=1 '$NIXGRAFT' apply --lock nowhere --root root"
    exits 6 "nixgraft apply: nowhere"
    silent_on $'\e'
    terminal "TERM=dumb '$NIXGRAFT' apply --lock nowhere --root root"
    exits 6 "nixgraft apply: nowhere"
    silent_on $'\e'
    terminal "'$NIXGRAFT' apply --quiet --no-sync --lock '$lock' --root root"
    exits 0
    [ -z "$output" ]
    in_place root "$lock"
}

@test "a message is safe to show: control bytes of a name do not reach the terminal" {
    graft $'\e[31mred\nline'
    exits 2 "is no verb"
    silent_on $'\e' $'\nline'
}

@test "output that cannot be written is a failure" {
    for words in "lock --help" "completion bash" --help --version; do
        # shellcheck disable=SC2016
        run bash -c '"$0" $1 > /dev/full' "$NIXGRAFT" "$words"
        exits 5 "cannot write the result to standard output"
    done
}

@test "the bash completion is sound and completes verbs, options, files and folders" {
    "$NIXGRAFT" completion bash > bash.completion
    bash -n bash.completion
    mkdir folder
    touch file
    # complete WORD...: what is offered for the last word.
    # shellcheck disable=SC2016
    complete() {
        bash --norc -c '. ./bash.completion; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nixgraft; printf "%s\n" "${COMPREPLY[@]}"' \
            - nixgraft "$@"
    }
    run complete ""
    for verb in "${verbs[@]}"; do [[ $'\n'$output$'\n' == *$'\n'"$verb"$'\n'* ]]; done
    [ "$(complete ap)" = apply ]
    [ "$(complete verify --rep)" = --repair ]
    [ "$(complete apply --js)" = --json ]
    [ "$(complete apply --repair)" = "" ]
    [ "$(complete apply --lock "fi")" = file ]
    [ "$(complete apply --root fo)" = folder ]
    touch "my lock.json"
    [ "$(complete apply --lock my)" = "my lock.json" ]
    # The shell itself knows whose completion it is.
    [[ $(bash --norc -c '. ./bash.completion; complete -p nixgraft') == *"-F _nixgraft nixgraft" ]]
}

@test "the zsh completion is sound and knows verbs and options" {
    "$NIXGRAFT" completion zsh > _nixgraft
    zsh -fn _nixgraft
    [ "$(head -n 1 _nixgraft)" = "#compdef nixgraft" ]
    # The functions of zsh's completion system, replaced by ones that say what they were given.
    # shellcheck disable=SC2016
    ask() { zsh -fc '_describe() { print -l -- ${(P)2} }; _arguments() { print -l -- "$@" }; words=("$@"); CURRENT=$#; . ./_nixgraft' - "$@"; }
    run ask nixgraft ""
    exits 0
    for verb in "${verbs[@]}"; do grep -q "^$verb:" <<< "$output"; done
    run ask nixgraft verify --
    exits 0 "--repair[" "--json[" "--root=["
    silent_on "--tool" "--check"
    run ask nixgraft env --format ""
    exits 0 "--format=[for whom (default: sh)]:word:( sh bash zsh fish containerfile devcontainer github json)"
    run ask nixgraft apply --user ""
    exits 0 "--user=[a name or number: whose installation it is (default: who owns /nix/store, else you)]:USER:_users"
}

# What a person gets who types this, tabs and all, into an interactive shell: the words that nixgraft is called with, commas
# between them.
typed() {
    local shell=$1 keys=$2
    rm -f got
    printf '%b\n exit\n' "$keys" > keys
    case $shell in
    zsh)
        printf '%s\n' 'fpath=("$PWD" $fpath)' 'autoload -Uz compinit; compinit -u -D' 'nixgraft() { print -r -- "${(j:,:)@}" > got }' > .zshrc
        env ZDOTDIR="$PWD" TERM=xterm script -qec 'zsh -i' /dev/null < keys > screen 2>&1
        ;;
    bash)
        printf '%s\n' '. ./bash.completion' 'nixgraft() { local IFS=,; echo "$*" > got; }' > rc
        TERM=xterm script -qec 'bash --noprofile --rcfile rc -i' /dev/null < keys > screen 2>&1
        ;;
    esac
    cat got
}

@test "in real shells: verbs, options, files, folders, users and words are completed" {
    local shell
    mkdir folder "sub dir"
    touch file.lock "my lock.json" "sub dir/inner"
    "$NIXGRAFT" completion zsh > _nixgraft
    "$NIXGRAFT" completion bash > bash.completion
    while IFS='|' read -r keys want; do
        for shell in zsh bash; do
            run typed $shell "$keys"
            [ "${output%/}" = "$want" ] || fail "$shell: $keys: $output" "$(cat screen)"
        done
    done <<-'TABLE'
	nixgraft veri\t--rep\t|verify,--repair
	nixgraft apply --lock fi\t|apply,--lock,file.lock
	nixgraft apply -r fo\t|apply,-r,folder
	nixgraft apply --lock my\t-q|apply,--lock,my lock.json,-q
	nixgraft apply --lock my\\ l\t-q|apply,--lock,my lock.json,-q
	nixgraft apply --lock "my l\t-q|apply,--lock,my lock.json,-q
	nixgraft apply --lock=my\t-q|apply,--lock=my lock.json,-q
	nixgraft apply --lock sub\tin\t-q|apply,--lock,sub dir/inner,-q
	nixgraft apply --root su\t|apply,--root,sub dir
	nixgraft apply --user roo\t|apply,--user,root
	nixgraft env -f dev\t|env,-f,devcontainer
	nixgraft env --quiet --format gi\t|env,--quiet,--format,github
	nixgraft env --format=z\t-q|env,--format=zsh,-q
	nixgraft completion fi\t|completion,fish
	nixgraft diff-\t--js\t|diff-generations,--json
	nixgraft help st\t|help,status
	nixgraft hel\tst\t|help,status
	TABLE
}

@test "the fish completion is sound and completes verbs and options" {
    "$NIXGRAFT" completion fish > nixgraft.fish
    fish --no-config --no-execute nixgraft.fish
    run env HOME="$PWD" fish --no-config -c 'source nixgraft.fish; complete -C "nixgraft "'
    exits 0
    for verb in "${verbs[@]}"; do grep -q "^$verb"$'\t' <<< "$output"; done
    run env HOME="$PWD" fish --no-config -c 'source nixgraft.fish; complete -C "nixgraft verify --"'
    exits 0 --repair --json
    silent_on "--tool" "--check"
    run env HOME="$PWD" fish --no-config -c 'source nixgraft.fish; complete -C "nixgraft help st"'
    [ "$output" = status ] || fail "$output"
    run env HOME="$PWD" fish --no-config -c 'source nixgraft.fish; complete -C "nixgraft hel"'
    [ "$output" = help$'\t'"show the help of a verb" ] || fail "$output"
}
