#!/bin/sh
# sh setup.sh [--omit=dev]: installs the packages unless they are there, or with --omit=dev unless those of the service are.
# Of two that are begun at once the second waits for the first: two installs take each other's files away. The lock is on
# package.json, and goes with whoever holds it; where there is no flock (macOS), nobody waits.
set -eu
cd "$(dirname "$0")"

lock() {
  command -v flock >/dev/null || return 0
  flock -n "$1" 9 && return
  echo 'Another command installs the packages: this one waits for it...'
  flock "$1" 9
}

complete() {
  npm ls "$@" >/dev/null 2>&1 || return 1
  # What starts the service has to be able to run it, where the packages do not bring a Node.
  [ $# -eq 0 ] || node -e 'process.exit(parseInt(process.versions.node) < 24 ? 1 : 0)'
}

exec 9<package.json
# Many may look at once, but none while somebody installs: half of it may pass for all.
lock -s
if complete "$@"; then exit; fi
flock -u 9 2>/dev/null || true
lock -x
if complete "$@"; then exit; fi
echo 'Installing the packages (about a minute)...'
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
npm rebuild node --loglevel=error
