#!/usr/bin/env bash
# `openssl ts -verify` of a time stamp after the certificate of its authority has expired.
# Guess: a time stamp outlives the certificate. It is judged at the time that it names, when the certificate was good: that is what
# it was asked for.
# What happens: it is judged at the time of the check. From the day the certificate expires, every stamp by it fails, with the same
# exit code as a forged one; `-attime` with the stamp's own time makes it pass. The time of the check is set by -attime here.
# Known? Yes, since -attime was asked for: https://github.com/openssl/openssl/pull/610. pkijs passes such a stamp:
# https://github.com/PeculiarVentures/PKI.js/issues/462. openssl is the one of the machine: npm has none.
set -euo pipefail
command -v openssl >/dev/null || { echo 'wants openssl on the PATH'; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 30 -subj /CN=authority \
  -addext extendedKeyUsage=critical,timeStamping 2>/dev/null
cat >authority.cnf <<'CNF'
[tsa]
serial = serial
signer_cert = cert.pem
signer_key = key.pem
signer_digest = sha256
certs = cert.pem
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
CNF
echo 'a checkpoint' >checkpoint
openssl ts -query -data checkpoint -sha256 -cert -out request.tsq 2>/dev/null
openssl ts -reply -queryfile request.tsq -config authority.cnf -section tsa -out stamp.tsr 2>/dev/null
now=$(date +%s)
day=86400
openssl version
verify() {
  code=0
  said=$(openssl ts -verify -data checkpoint -in stamp.tsr -CAfile cert.pem "$@" 2>&1) || code=$?
  echo "exit $code: $(grep -oE 'Verification: [A-Z]+|Verify error:.*' <<<"$said" | paste -sd' ' -)"
}
today=$(verify)
later=$(verify -attime $((now + 60 * day)))
named=$(verify -attime "$(date -d "$(openssl ts -reply -in stamp.tsr -text 2>/dev/null | sed -n 's/^Time stamp: //p')" +%s)")
echo "today:                              $today"
echo "60 days on, certificate of 30 days: $later"
echo "whenever, -attime the stamp's time: $named"
[[ $today == 'exit 0: Verification: OK' && $later == *'certificate has expired'*'FAILED' && $named == 'exit 0: Verification: OK' ]]
