# The steps of a Dockerfile, run in roots that are directories. What this project's Dockerfile does not use is refused.

# make_base <version of Node> <suite of Debian> <directory>: as Docker's official image has it: Node, npm, the user `node` (1000).
make_base() {
  local node=$work/node
  mmdebstrap --quiet --variant=minbase --include=ca-certificates "$2" "$3" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}
  npm install --prefix "$node" --no-save --no-audit --no-fund --loglevel=error "node@$1" npm@11
  npm --prefix "$node" rebuild node --loglevel=error >/dev/null
  cp "$(realpath "$node/node_modules/node/bin/node")" "$3/usr/local/bin/node"
  mkdir -p "$3/usr/local/lib/node_modules"
  cp -a "$node/node_modules/npm" "$3/usr/local/lib/node_modules/"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$3/usr/local/bin/npm"
  chroot "$3" groupadd --gid 1000 node
  chroot "$3" useradd --uid 1000 --gid node --shell /bin/bash --create-home node
  [ "$(chroot "$3" node --version)" = "v$1" ]
}

# run_in <root> <directory> <command>: as RUN does, by root, with the network of this machine, and npm as it is set up here.
run_in() {
  unshare --mount --pid --fork bash -euc '
    mount -t proc proc "$1/proc"
    for file in /etc/resolv.conf /etc/hosts; do touch "$1$file"; mount --bind $file "$1$file"; done
    mount --bind /dev "$1/dev"
    mount -t tmpfs tmpfs "$1/root"
    [ ! -f ~/.npmrc ] || cp ~/.npmrc "$1/root/"
    [ ! -d /etc/ssl/certs ] || { mkdir -p "$1/etc/ssl/certs"; mount --bind /etc/ssl/certs "$1/etc/ssl/certs"; }
    cd / && exec chroot "$1" env -i PATH="$2" HOME=/root ${NODE_EXTRA_CA_CERTS:+NODE_EXTRA_CA_CERTS=$NODE_EXTRA_CA_CERTS} /bin/sh -euc "cd \"$3\" && $4"
  ' run "$1" "$PATH_OF_IMAGE" "$2" "$3"
}
PATH_OF_IMAGE=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# within <workdir> <path>: a path of an instruction, from the root.
within() { case $2 in /*) echo "$2" ;; *) echo "$1/$2" ;; esac; }

# copy <from> <root> <workdir> <word…>: COPY without anything but --from. A directory gives what is in it, as with Docker.
copy() {
  local from=$1 root=$2 directory=$3 to source target
  shift 3
  to=${!#} target=$root$(within "$directory" "$to")
  for source in "${@:1:$#-1}"; do
    if [ -d "$from/$source" ]; then
      mkdir -p "$target" && cp -r --no-preserve=ownership "$from/$source/." "$target/"
    elif [[ $to == */ ]]; then
      mkdir -p "$target" && cp --no-preserve=ownership "$from/$source" "$target"
    else
      mkdir -p "$(dirname "$target")" && cp --no-preserve=ownership "$from/$source" "$target"
    fi
  done
}

# build <Dockerfile> <directory>: gives `image` (the root of the last stage), and what an engine would start it with: `variables`,
# `directory`, `user`, `volume`, `command` and `health` (JSON lists of words), `steps` (how many).
build() {
  local line word rest stage='' number=0 name
  declare -gA roots=()
  steps=0
  # What the context of an engine would not hold either.
  mkdir "$2/context" && tar -c --anchored --exclude-from=.dockerignore -- * | tar -x -C "$2/context"
  while IFS= read -r line; do
    [[ $line =~ ^([A-Z]+)\ +(.*)$ ]] || { echo "not understood: $line" >&2; return 1; }
    word=${BASH_REMATCH[1]} rest=${BASH_REMATCH[2]}
    echo "   $word $rest"
    steps=$((steps + 1))
    case $word in
    ARG) ;;
    FROM)
      [[ $rest =~ ^\$\{NODE_IMAGE\}(\ AS\ ([a-z]+))?$ ]] || { echo "not understood: $line" >&2; return 1; }
      number=$((number + 1)) stage=${BASH_REMATCH[2]:-$number} image=$2/stage-$number
      cp -a "$2/base" "$image"
      roots[$stage]=$image variables=() directory=/ user=0:0 volume='' command='' health=''
      ;;
    WORKDIR) directory=$rest && mkdir -p "$image$directory" ;;
    COPY)
      name=$2/context
      [[ $rest =~ ^--from=([a-z]+)\ (.*)$ ]] && name=${roots[${BASH_REMATCH[1]}]} rest=${BASH_REMATCH[2]}
      # shellcheck disable=SC2086
      copy "$name" "$image" "$directory" $rest
      ;;
    RUN) run_in "$image" "$directory" "$rest" ;;
    # shellcheck disable=SC2206
    ENV) variables+=($rest) ;;
    USER) user=$rest ;;
    VOLUME) volume=$rest ;;
    EXPOSE) ;;
    HEALTHCHECK) health=${rest#*CMD } ;;
    CMD) command=$rest ;;
    *) echo "not understood: $line" >&2 && return 1 ;;
    esac
  done < <(sed -e ':join' -e '/\\$/{N;s/\\\n */ /;bjoin' -e '}' -e '/^ *#/d;/^ *$/d' "$1")
}
