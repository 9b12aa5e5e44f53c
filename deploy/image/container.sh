# The image as a container: namespaces of its own for mounts, processes and the network, a root that cannot be written, the user of the
# Dockerfile, no capability, no way to more rights.

container='' started=''

# words <JSON list>: its words, each ended by a NUL.
words() { node -e 'process.stdout.write(JSON.parse(process.argv[1]).map((word) => `${word}\0`).join(""))' "$1"; }

# start_container <directory of the volume> <variable…>: starts what CMD says; `container` is its process here, `started` its log.
start_container() {
  local data=$1 command_words
  shift
  mapfile -d '' -t command_words < <(words "$command")
  started=$work/log
  : >"$started"
  local enter='
    ip link set lo up
    mount --make-rprivate / && mount --bind "$1" "$1"
    mount -t proc proc "$1/proc" && mount -t tmpfs -o size=64m tmpfs "$1/tmp"
    mount --bind "$2" "$1$3"
    for device in null zero urandom; do touch "$1/dev/$device"; mount --bind /dev/$device "$1/dev/$device"; done
    mount -o remount,bind,ro "$1"
    root=$1 user=$4 directory=$5
    shift 5
    cd / && exec chroot "$root" setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups --no-new-privs \
      --inh-caps=-all --bounding-set=-all env -i "$@" sh -c "cd $directory && exec \"\$@\"" sh "${words[@]}"'
  # The words of the command go by a file: everything else is an argument.
  printf '%q ' "${command_words[@]}" >"$work/words"
  unshare --mount --pid --net --fork --kill-child bash -euc "words=($(cat "$work/words")); $enter" container \
    "$image" "$data" "$volume" "$user" "$directory" PATH="$PATH_OF_IMAGE" HOME=/home/node "${variables[@]}" "$@" >"$started" 2>&1 &
  outer=$!
  until container=$(pgrep -P $outer) || ! kill -0 $outer 2>/dev/null; do sleep 0.1; done
}

# inside <word…>: runs a command in the container that runs, as its user. An engine does so for HEALTHCHECK and `exec`.
inside() {
  nsenter --target "$container" --mount --pid --net --root="/proc/$container/root" --wd="/proc/$container/root$directory" \
    setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all \
    env -i PATH="$PATH_OF_IMAGE" "${variables[@]}" "$@"
}

# healthy: what HEALTHCHECK says of it.
healthy() {
  local health_words
  mapfile -d '' -t health_words < <(words "$health")
  inside "${health_words[@]}"
}

# until_true <seconds> <command…>
until_true() {
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $until ] || return 1
    sleep 0.2
  done
}

# stop_container <signal>: gives its exit code.
stop_container() {
  [ -n "$container" ] && kill -s "$1" "$container" 2>/dev/null || true
  container=''
  wait ${outer:-} 2>/dev/null
}
