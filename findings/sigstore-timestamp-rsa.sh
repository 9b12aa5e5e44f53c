#!/usr/bin/env bash
# RFC 3161 time stamps of an authority with an RSA key, verified by @sigstore/core.
# Guess: with SHA-256, SHA-384 and SHA-512 alike, as with a key on an elliptic curve: the library knows all three.
# What happens: its table of signature algorithms has those of ECDSA alone. For RSA it finds none, and Node, told no hash, takes SHA-256:
# such stamps are verified, and the same authority's with SHA-384 or SHA-512 are 'signature verification failed'. openssl verifies all.
# Known? Nothing was found among the issues of sigstore/sigstore-js.
set -euo pipefail
command -v openssl >/dev/null || { echo 'wants openssl on the PATH, to make time stamps'; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error @sigstore/core@4.0.1 >/dev/null

echo 'a checkpoint' >checkpoint
openssl ts -query -data checkpoint -sha256 -cert -out request.tsq 2>/dev/null
authority() { # name, what its key is
  openssl req -x509 "${@:2}" -nodes -keyout "$1.key" -out "$1.pem" -days 30 -subj /CN=authority \
    -addext extendedKeyUsage=critical,timeStamping 2>/dev/null
  for hash in sha256 sha384 sha512; do
    printf '%s\n' '[tsa]' 'serial = serial' "signer_cert = $1.pem" "signer_key = $1.key" "signer_digest = $hash" "certs = $1.pem" \
      'default_policy = 1.2.3.4' 'digests = sha256' 'ess_cert_id_alg = sha256' >authority.cnf
    openssl ts -reply -queryfile request.tsq -config authority.cnf -section tsa -out "$1-$hash.tsr" 2>/dev/null
    openssl ts -verify -data checkpoint -in "$1-$hash.tsr" -CAfile "$1.pem" >/dev/null 2>&1 || { echo "openssl refuses $1-$hash.tsr"; exit 1; }
  done
}
authority rsa -newkey rsa:2048
authority ecdsa -newkey ec -pkeyopt ec_paramgen_curve:P-384
openssl version
node - <<'JS'
const { createPublicKey } = require('node:crypto')
const { readFileSync } = require('node:fs')
const { RFC3161Timestamp } = require('@sigstore/core')
console.log('@sigstore/core', require('./node_modules/@sigstore/core/package.json').version)
const verified = (key, hash) => {
  let said = 'verified'
  try {
    RFC3161Timestamp.parse(readFileSync(`${key}-${hash}.tsr`)).verify(readFileSync('checkpoint'), createPublicKey(readFileSync(`${key}.pem`)))
  } catch (error) {
    said = error.message
  }
  console.log(key, hash, '->', said)
  return said
}
const seen = ['rsa', 'ecdsa'].flatMap((key) => ['sha256', 'sha384', 'sha512'].map((hash) => verified(key, hash))).join(', ')
const FAILED = 'signature verification failed'
process.exit(seen === `verified, ${FAILED}, ${FAILED}, verified, verified, verified` ? 0 : 1)
JS
