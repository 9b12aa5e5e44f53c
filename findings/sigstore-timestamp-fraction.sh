#!/usr/bin/env bash
# RFC 3161 time stamps with a fraction of a second, read by @sigstore/core.
# Guess: every time that DER allows is read, and its milliseconds with it. RFC 3161, 2.4.2 lets a time carry a fraction; DER writes
# it without trailing zeros, so the same authority sends .6Z, .61Z and .614Z.
# What happens: exactly three digits are taken, any other number of them is 'invalid time'; the three that are taken are dropped.
# An authority with milliseconds is refused about once in ten stamps.
# Known? Nothing was found among the issues of sigstore/sigstore-js.
set -euo pipefail
command -v openssl >/dev/null || { echo 'wants openssl on the PATH, to make time stamps'; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error @sigstore/core@4.0.1 >/dev/null

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 30 -subj /CN=authority \
  -addext extendedKeyUsage=critical,timeStamping 2>/dev/null
echo 'a checkpoint' >checkpoint
openssl ts -query -data checkpoint -sha256 -cert -out request.tsq 2>/dev/null
for digits in 0 1 2 3; do
  cat >authority.cnf <<CNF
[tsa]
serial = serial
signer_cert = cert.pem
signer_key = key.pem
signer_digest = sha256
certs = cert.pem
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
clock_precision_digits = $digits
CNF
  wanted=$([ $digits = 0 ] && echo 'Z' || echo "\.[0-9]{$digits}Z")
  # A last digit 0 is not written, so the authority is asked until as many digits are there as it is set to.
  for _ in $(seq 100); do
    openssl ts -reply -queryfile request.tsq -config authority.cnf -section tsa -out $digits.tsr 2>/dev/null
    grep -aqE "20[0-9]{12}$wanted" $digits.tsr && break
  done
  openssl ts -verify -data checkpoint -in $digits.tsr -CAfile cert.pem >/dev/null 2>&1 || { echo "openssl refuses $digits.tsr"; exit 1; }
done
openssl version
node - <<'JS'
const { readFileSync } = require('node:fs')
const { RFC3161Timestamp } = require('@sigstore/core')
console.log('@sigstore/core', require('./node_modules/@sigstore/core/package.json').version)
const read = (digits) => {
  const der = readFileSync(`${digits}.tsr`)
  const written = /20\d{12}(\.\d+)?Z/.exec(der.toString('latin1'))[0]
  try {
    const time = RFC3161Timestamp.parse(der).signingTime
    console.log(written, '->', time.toISOString())
    return time.getMilliseconds() === 0 ? 'whole second' : 'with milliseconds'
  } catch (error) {
    console.log(written, '->', error.message)
    return error.message
  }
}
const seen = [0, 1, 2, 3].map(read).join(', ')
console.log('digits 0 to 3:', seen)
process.exit(seen === 'whole second, invalid time, invalid time, whole second' ? 0 : 1)
JS
