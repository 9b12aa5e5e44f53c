# What the image is to do, each a line of the report. Read by build-without-engine.sh.

key=a-key-for-this-trial
secrets=(TREEZOR_WEBHOOK_SECRET=a-secret-for-this-trial API_KEYS="trial:kyc:read:$(printf %s $key | sha256sum | cut -d' ' -f1)" SEAL_EVERY=0)
volume_of_engine() { cp -a "$image$volume" "$1"; }
status_of() { sed -n "s/^$1:\s*//p" "/proc/$container/status"; }
send() { inside node src/cli/main.ts send user.kycreview --user "$1" --secret a-secret-for-this-trial --to "http://127.0.0.1:3000" --real; }
status_is() {
  inside node -e 'fetch(`http://127.0.0.1:3000/users/${process.argv[1]}/kyc`, { headers: { authorization: `Bearer ${process.argv[2]}` } })
    .then((r) => r.json()).then(({ status }) => { if (status !== process.argv[3]) throw new Error(status) })' "$1" $key "$2"
}
ends_with() {
  local code=0
  stop_container "$2" || code=$?
  echo "exit code $code"
  tail -n 3 "$started"
  [ $code = "$1" ]
}

tell && tell '## The files' && tell
holds 'the packages are those of the bill of materials' bash -c \
  'diff <(cd "$1" && find . -path "*/node_modules/*" -name package.json | sed "s|^\./||;s|/package.json$||" | grep -E "(^|/)node_modules/(@[^/]+/)?[^/]+$" | wc -l) \
        <(node -e "const { packages } = require(\"./package-lock.json\"); console.log(Object.entries(packages).filter(([p, { dev }]) => p !== \"\" && dev !== true).length)" --input-type=commonjs)' _ "$image/app"
holds 'no file of the service is writable by its user, nor his' test -z \
  "$(find "$image/app" \( -uid 1000 -o -gid 1000 -o -perm -o+w ! -type l \) -print -quit)"
holds 'what Node has made of the source is in it, of a thousand files and more' test "$(find "$image/app/compiled" -type f | wc -l)" -gt 1000
holds "the user is a number and not root's ($user)" bash -c '[[ $1 =~ ^[1-9][0-9]*:[1-9][0-9]*$ ]]' _ "$user"
holds 'tests, documents and the history are not in it' bash -c '! ls -d "$1"/{test,docs,bench,.git,data} 2>/dev/null' _ "$image/app"

tell && tell '## Started without secrets' && tell
volume_of_engine "$work/empty"
start_container "$work/empty"
holds 'it ends with 2 and names what is missing' ends_with 2 0
holds '  … TREEZOR_WEBHOOK_SECRET, API_KEYS' bash -c 'grep -q TREEZOR_WEBHOOK_SECRET "$1" && grep -q API_KEYS "$1"' _ "$started"

tell && tell '## Started on a volume that is not its own' && tell
mkdir -m 0755 "$work/foreign"
start_container "$work/foreign" "${secrets[@]}"
holds 'it ends with 1 and says so' ends_with 1 0

tell && tell '## Started on a volume as Kubernetes makes it: of root, of the group of the process' && tell
mkdir -m 2775 "$work/group" && chgrp "${user#*:}" "$work/group"
start_container "$work/group" "${secrets[@]}"
holds 'it becomes healthy' until_true 60 healthy
holds 'its files are its own alone (0600)' test -z "$(find "$work/group" -type f \( ! -uid 1000 -o -perm /077 \) | head -5)"
holds 'it ends with 0' ends_with 0 TERM

tell && tell '## Running: read-only root, no capability, a volume as an engine makes it' && tell
volume_of_engine "$work/volume"
start_container "$work/volume" "${secrets[@]}"
holds 'it becomes healthy by its HEALTHCHECK' until_true 60 healthy
holds 'it is process 1' test "$(status_of NSpid | awk '{print $NF}')" = 1
holds 'it has the user, no capability and no way to one' test \
  "$(status_of Uid | cut -f1) $(status_of CapEff) $(status_of CapBnd) $(status_of NoNewPrivs)" = "${user%:*} 0000000000000000 0000000000000000 1"
holds 'nothing but the volume and /tmp can be written' bash -c 'for f in /app/x /x /usr/local/bin/x /home/node/x; do ! "${@:2}" touch $f 2>/dev/null || exit 1; done' \
  _ "$work" nsenter --target "$container" --mount --root="/proc/$container/root"
holds 'a delivery is appended' bash -c '[[ $1 == *appended* ]]' _ "$(send 4711 2>&1)"
holds 'the user is validated' until_true 10 status_is 4711 validated
holds 'its files are its own alone (0600, 0700)' test -z "$(find "$work/volume" ! -uid 1000 -o -perm /077 | head -5)"
kill -s HUP "$container"
sleep 1
holds 'SIGHUP does not end it' healthy

tell && tell '## Stopping' && tell
begun=$SECONDS
kill -s TERM "$container"
holds 'SIGTERM: it is not healthy any more, and answers' until_true 4 bash -c \
  '[[ $("$@" -e "fetch(\"http://127.0.0.1:3000/health/ready\").then((r) => console.log(r.status))") == 503 ]]' _ \
  nsenter --target "$container" --net "$image/usr/local/bin/node"
holds 'it ends with 0' ends_with 0 0
tell "- after $((SECONDS - begun)) s, of which 5 are DRAIN_DELAY"
start_container "$work/volume" "${secrets[@]}"
until_true 60 healthy >/dev/null 2>&1 || true
holds 'started again it knows what it knew' until_true 10 status_is 4711 validated
stop_container KILL || true
start_container "$work/volume" "${secrets[@]}"
until_true 60 healthy >/dev/null 2>&1 || true
holds 'killed, and started again, it knows what it knew' until_true 10 status_is 4711 validated
holds 'SIGINT ends it with 0' ends_with 0 INT
