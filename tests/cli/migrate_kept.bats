# What `nixgraft migrate --write` leaves alone, because what stays in the file would fail, or lead nowhere, without it.
load ../lib

lines() { printf '%s\n' "$@"; }

setup() {
    work_folder
    lines '{' '  outputs = _: let' '  tools = pkgs: {' '  };' '  in { };' '}' > flake.nix
}

JQ=https://github.com/jqlang/jq/releases/download/jq-1.7.1/jq-linux-amd64
YQ=https://github.com/mikefarah/yq/releases/download/v4.44.1/yq_linux_amd64
GH=https://github.com/cli/cli/releases/download/v2.62.0/gh_2.62.0_linux_amd64

# stays REASON LINE...: nothing of the file goes, for that reason.
stays() {
    lines "${@:2}" > Containerfile
    cp Containerfile before
    graft migrate --write Containerfile
    exits 0
    [[ $output$stderr == *"by hand: "*"$1"* ]] || fail "not said: $1" "$output" "$stderr"
    cmp before Containerfile || fail "$(diff before Containerfile)"
}

# becomes FILE LINE...: the file becomes these lines, beside the graft; a second run changes nothing.
becomes() {
    printf '%b' "$1" > Containerfile
    graft migrate --write Containerfile
    exits 0
    grep -vE '^$|^# nixgraft:|^# certificates|localhost/nixgraft|closure.lock|NIX_SSL' Containerfile > left || true
    lines "${@:2}" > wanted
    diff wanted left || fail "$(cat left)"
    graft migrate --check Containerfile
    exits 0
}

@test "a program that is called by its path" {
    stays "line 3" "FROM debian" "RUN apt-get install -y jq" "RUN /usr/bin/jq --version"
    stays "line 3" "FROM debian" "RUN apt-get install -y jq" 'ENTRYPOINT ["/usr/bin/jq"]'
    stays "line 2" "FROM debian" "ENV EDITOR=/usr/bin/vim" "RUN apt-get install -y vim"
    stays "line 2 needs ~/.local/bin/starship" "FROM debian" \
        "RUN curl -fsSL https://github.com/starship/starship/releases/download/v1.20.0/s.tar.gz | tar xz -C ~/.local/bin && ~/.local/bin/starship -V"
    stays "line 3" "FROM debian" "COPY --from=ghcr.io/astral-sh/uv:0.4.0 /uv /bin/" "RUN /bin/uv --version"
    stays 'needs $HOME/.local/bin/env' "FROM debian" "RUN curl -LsSf https://astral.sh/uv/install.sh | sh && . \$HOME/.local/bin/env"
}

@test "a package's other files, and Debian's names" {
    stays "needs /usr/share/git-core/contrib" "FROM debian" "RUN apt-get install -y git && cp -r /usr/share/git-core/contrib /c"
    stays "needs /usr/share/doc/fzf" "FROM debian" "RUN apt-get install -y fzf" "RUN cp /usr/share/doc/fzf/examples/key-bindings.bash /etc"
    stays "needs fdfind" "FROM debian" 'RUN apt-get install -y fd-find && ln -s "$(which fdfind)" /usr/local/bin/fd'
    stays "needs /etc/vim/vimrc" "FROM debian" "RUN apt-get install -y vim && sed -i s/a/b/ /etc/vim/vimrc"
    stays "needs /etc/wgetrc" "FROM debian" "RUN apt-get install -y wget && sed -i s/a/b/ /etc/wgetrc"
    stays "node_modules/prettier" "FROM node" "RUN npm install -g prettier" "RUN ls /usr/local/lib/node_modules/prettier"
}

@test "what asks dpkg or an installer for it" {
    stays "dpkg needs it" "FROM debian" "RUN apt-get install -y git && dpkg -L git > /list"
    stays "apt-mark needs it" "FROM debian" "RUN apt-get install -y git; if true; then apt-mark hold git; fi"
    stays "pipx needs it" "FROM debian" "RUN pipx install pre-commit && pipx inject pre-commit pre-commit-uv"
    stays "python needs it" "FROM python" "RUN pip install black && python -m black --version"
    becomes 'FROM debian\nRUN apt-get install -y jq git && apt-mark hold jq libc6 git && echo x\n' \
        "FROM debian" "RUN apt-mark hold libc6 && echo x"
    becomes 'FROM debian\nRUN apt-get install -y jq && apt-mark hold jq && echo x\n' "FROM debian" "RUN echo x"
}

@test "a name that Nix does not have" {
    stays "calls it j" "FROM debian" "RUN curl -fsSLo /usr/local/bin/j $JQ && chmod +x /usr/local/bin/j"
    stays "as j, too" "FROM debian" "RUN curl -fsSLo /usr/local/bin/jq $JQ && chmod +x /usr/local/bin/jq && ln -s /usr/local/bin/jq /usr/local/bin/j"
    becomes "FROM debian\nRUN curl -fsSLo /usr/local/bin/jq-1.7 $JQ && mv /usr/local/bin/jq-1.7 /usr/local/bin/jq\n" "FROM debian"
}

@test "one command for what goes and what stays" {
    stays 'shares `chmod`' "FROM debian" \
        "RUN curl -fsSLo /usr/local/bin/jq $JQ && curl -fsSLo /usr/local/bin/ours https://example.org/ours && chmod +x /usr/local/bin/jq /usr/local/bin/ours"
    stays 'shares `rm`' "FROM debian" \
        "RUN curl -fsSLo jq $JQ && install jq /usr/local/bin && curl -fsSLo o https://example.org/o && install o /usr/local/bin && rm jq o"
    stays 'shares `mv`' "FROM debian" \
        "RUN cd /tmp; curl -fsSLO $GH.tar.gz; curl -fsSLO https://example.org/ours.tar.gz; tar xf gh_2.62.0_linux_amd64.tar.gz; tar xf ours.tar.gz; mv gh_2.62.0_linux_amd64/bin/gh ours/bin/ours /usr/local/bin/"
    graft migrate --write --only jq Containerfile
    exits 2
    becomes "FROM debian\nRUN curl -fsSLo /usr/local/bin/jq $JQ \\\\\n && curl -fsSLo /usr/local/bin/yq $YQ \\\\\n && echo \"a  /usr/local/bin/jq\\\\nb  /usr/local/bin/yq\" | sha256sum -c && chmod +x /usr/local/bin/jq /usr/local/bin/yq\n" \
        "FROM debian"
}

@test "what the command brings besides" {
    stays "more than install" "FROM debian" "RUN apt-get install -y git vim-"
    stays "more than install" "FROM debian" "COPY x.deb /" "RUN dpkg --unpack /x.deb; apt-get install -y -f jq"
    stays "a file or a folder" "FROM python" "RUN pip install ruff ."
    stays "a file or a folder" "FROM python" "RUN pip install -e /src black"
    stays "a file or a folder" "FROM node" "RUN npm install -g prettier ./local.tgz"
    stays "into its environment" "FROM debian" "RUN uv tool install --with mdformat-gfm mdformat"
    stays "written to a file" "FROM debian" "RUN apt-get install -y git > /log && grep git /log"
    stays "what becomes" "FROM debian" \
        "RUN curl -fsSLo /usr/share/zsh/fzf.zsh https://raw.githubusercontent.com/junegunn/fzf/0.50.0/shell/completion.zsh"
    stays "what becomes" "FROM debian" \
        "RUN curl -fsSLo /opt/just.1.gz https://github.com/casey/just/releases/download/1.0/just.bash"
}

@test "what another stage takes" {
    stays "mounts it" "FROM debian AS t" "RUN apt-get install -y jq" "FROM debian" \
        "RUN --mount=type=bind,from=t,source=/usr/bin/jq,target=/jq cp /jq /usr/local/bin/"
    stays "copies it out" "FROM debian AS t" "RUN apt-get install -y ripgrep" "FROM debian" "COPY --from=t /usr/bin/* /usr/bin/"
    stays "needs /usr/bin/rg" "FROM debian AS t" "RUN apt-get install -y ripgrep" "FROM debian" "COPY --from=t /usr/bin/rg /rg"
    stays "copies what was downloaded" "FROM debian AS t" "RUN mkdir /out && curl -fsSLo /out/jq $JQ" "FROM debian" "COPY --from=t /out/ /usr/local/bin/"
    stays "copies it out" "FROM rust AS t" "RUN cargo install just" "FROM debian" "COPY --from=t /usr/local/cargo/bin/* /usr/local/bin/"
    becomes 'FROM node AS t\nRUN npm install -g prettier\nFROM node\nCOPY --from=t /app/node_modules /app/\n' \
        "FROM node AS t" "FROM node" "COPY --from=t /app/node_modules /app/"
}

@test "PATH must have the links" {
    stays "PATH lacks" "FROM debian" "ENV PATH=/usr/bin:/bin" "RUN apt-get install -y jq"
    becomes 'FROM debian\nENV PATH=/x/bin:$PATH\nRUN apt-get install -y jq\n' "FROM debian" 'ENV PATH=/x/bin:$PATH'
    becomes 'FROM debian\nENV PATH=/usr/local/bin:/usr/bin\nRUN apt-get install -y jq\n' "FROM debian" 'ENV PATH=/usr/local/bin:/usr/bin'
}

@test "root grafts, and the stage's user comes back" {
    becomes 'FROM debian AS base\nUSER dev\nFROM base\nRUN sudo apt-get install -y jq\n' \
        "FROM debian AS base" "USER dev" "FROM base" "USER root" "USER dev"
    stays "is not known" "FROM debian AS base" "ARG U=dev" 'USER ${U}' "FROM base" "RUN sudo apt-get install -y jq"
    stays "USER root" "FROM gitpod/workspace" "RUN sudo apt-get install -y jq"
}

@test "an argument that is used without a dollar, or that a script may read, stays" {
    local just='curl -fsSL https://github.com/casey/just/releases/download/$V/just-$V.tar.gz | tar xz -C /usr/local/bin just'
    becomes "FROM debian\nARG V=1\nRUN $just\nCOPY . /x\n" "FROM debian" "COPY . /x"
    becomes "FROM debian\nARG V=1\nRUN $just\nRUN printenv V > /v\n" "FROM debian" "ARG V=1" "RUN printenv V > /v"
    becomes "FROM debian\nARG V=1\nRUN $just\nRUN ./build.sh\n" "FROM debian" "ARG V=1" "RUN ./build.sh"
    becomes "ARG V=1\nFROM debian\nARG V\nRUN $just\nFROM debian\nARG V\nCMD x\n" "ARG V=1" "FROM debian" "FROM debian" "ARG V" "CMD x"
}

@test "a failure that did not count does not count afterwards, either" {
    becomes 'FROM debian\nRUN grep -q x /etc/x; apt-get install -y jq\n' "FROM debian" "RUN grep -q x /etc/x; true"
    becomes 'FROM debian\nRUN set -e; grep -q x /etc/x; apt-get install -y jq\n' "FROM debian" "RUN set -e; grep -q x /etc/x"
    becomes 'FROM debian\nRUN echo x; apt-get install -y jq\n' "FROM debian" "RUN echo x"
}

@test "a RUN that only makes and removes a folder goes" {
    becomes "FROM debian\nRUN set -e; t=\"\$(mktemp -d)\"; cd \"\$t\"; curl -fsSLo gh.tgz $GH.tar.gz; tar xzf gh.tgz; mv gh_2.62.0_linux_amd64/bin/gh /usr/local/bin/; cd /; rm -rf \"\$t\"\n" \
        "FROM debian"
    becomes "FROM debian\nRUN t=/x; cd /; curl -fsSLo /usr/local/bin/jq $JQ; rm -rf \"\$t\"\n" "FROM debian" 'RUN t=/x; cd /; rm -rf "$t"'
}

@test "apt-cache needs the lists" {
    becomes 'FROM debian\nRUN apt-get update && apt-get install -y jq && apt-cache policy jq\n' "FROM debian" "RUN apt-get update && apt-cache policy jq"
}

@test "autoremove stays where something is purged" {
    becomes 'FROM debian\nRUN apt-get install -y jq && apt-get purge -y nano && apt-get autoremove -y\n' \
        "FROM debian" "RUN apt-get purge -y nano && apt-get autoremove -y"
    becomes 'FROM debian\nRUN apt-get install -y jq && apt-get autoremove -y\n' "FROM debian"
}

@test "root leaves a file to its owner" {
    [ "$(id -u)" = 0 ] || skip "needs root"
    printf 'FROM debian\nRUN apt-get install -y jq\n' > Containerfile
    chown 1234:5678 Containerfile
    chmod 640 Containerfile
    graft migrate --write Containerfile
    exits 0
    [ "$(stat -c '%u:%g %a' Containerfile)" = "1234:5678 640" ]
}

@test "a megabyte of RUNs, or of stages, is done within seconds" {
    python3 -c 'print("FROM debian\n" + "RUN apt-get install -y jq\n" * 40000)' > Containerfile
    run --separate-stderr timeout 60 "$NIXGRAFT" migrate --write Containerfile
    exits 0
    python3 -c 'print("".join("FROM %s AS s%d\nRUN apt-get install -y jq\n" % ("s%d" % (i - 1) if i else "debian", i) for i in range(20000)))' > Containerfile
    run --separate-stderr timeout 60 "$NIXGRAFT" migrate --write Containerfile
    exits 0
}
