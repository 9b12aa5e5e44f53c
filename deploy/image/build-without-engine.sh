#!/usr/bin/env bash
# Builds the image of the Dockerfile where there is no engine, and looks whether it does what an engine would have it do.
#
#   deploy/image/build-without-engine.sh [report.md]
#
# Needs root, Debian's mmdebstrap, iproute2 and util-linux, and npm. The root of the base image is made by mmdebstrap, of the suite that
# the name of the base image says, with Node of the npm package `node` in the version that it says; what is done in it is read out
# of the Dockerfile. DEBIAN_MIRROR: where Debian's packages are, unless where mmdebstrap looks by itself.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=deploy/image
report=${1:+$(realpath -m "$1")}
[ "$(id -u)" = 0 ] || { echo 'must be run by root' >&2; exit 2; }
work=$(mktemp -d /tmp/kyc-ledger-image.XXXXXX)
source $here/steps.sh
source $here/container.sh
trap 'stop_container KILL || true; rm -rf --one-file-system "$work"' EXIT

echo "1. the root of the base image"
base=$(sed -n 's/^ARG NODE_IMAGE=//p' Dockerfile)
[[ $base =~ ^node:([0-9.]+)-([a-z]+)-slim(@sha256:[0-9a-f]{64})?$ ]] || { echo "no such base image is known: $base" >&2; exit 1; }
version=${BASH_REMATCH[1]} suite=${BASH_REMATCH[2]}
make_base "$version" "$suite" "$work/base"

echo "2. the steps of the Dockerfile"
build Dockerfile "$work"

echo "3. what the image does"
told=$work/told
failed=0
tell() { echo "$*" | tee -a "$told"; }
# holds <what> <command…>: a line of the report, by whether the command succeeds.
holds() {
  local what=$1
  shift
  if "$@" >"$work/said" 2>&1; then tell "- yes: $what"; else
    failed=1
    tell "- **NO**: $what"
    sed 's/^/      /' "$work/said" | head -20
  fi
}
source $here/expectations.sh

{
  echo "# The image, built without an engine"
  echo
  echo "Base: \`$base\`, stood in for by Debian $suite (minbase) with Node $version. Steps of the Dockerfile that were run: $steps."
  echo "Size above the base: $(du -sm "$image/app" | cut -f1) MB, of which node_modules $(du -sm "$image/app/node_modules" | cut -f1) MB."
  echo
  cat "$told"
} | if [ -n "$report" ]; then cat >"$report"; else cat; fi
exit $failed
