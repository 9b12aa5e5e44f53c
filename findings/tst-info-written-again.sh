#!/usr/bin/env bash
# A TSTInfo (RFC 3161, 2.4.2) that is read and written again by @peculiar/asn1-tsp.
# Guess: what is read and written unchanged is the same bytes. It is what the authority has signed, DER leaves one spelling.
# What happens: an accuracy that names milliseconds alone comes back with `seconds` 0 before them, which nobody had written; a policy
# under 2.25 (X.667, an object identifier made of a UUID) is read as a text in braces and written back as 2.25 alone.
# A signature over the token is good only over the bytes that came. pkijs gives the accuracy back as it was.
# Known? The policy: https://github.com/PeculiarVentures/ASN1.js/issues/174. The accuracy: nothing was found.
set -euo pipefail
command -v openssl >/dev/null || { echo 'wants openssl on the PATH, to make time stamps'; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error \
  @peculiar/asn1-tsp@2.6.0 @peculiar/asn1-cms@2.11.1 @peculiar/asn1-schema@2.11.1 pkijs@4.0.0 >/dev/null

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 30 -subj /CN=authority \
  -addext extendedKeyUsage=critical,timeStamping 2>/dev/null
echo 'a checkpoint' >checkpoint
openssl ts -query -data checkpoint -sha256 -cert -out request.tsq 2>/dev/null
stamp() { # file, policy, accuracy
  printf '%s\n' '[tsa]' 'serial = serial' 'signer_cert = cert.pem' 'signer_key = key.pem' 'signer_digest = sha256' 'certs = cert.pem' \
    'digests = sha256' 'ess_cert_id_alg = sha256' "default_policy = $2" "accuracy = $3" >authority.cnf
  openssl ts -reply -queryfile request.tsq -config authority.cnf -section tsa -out "$1" 2>/dev/null
}
stamp whole.tsr 1.2.3.4 secs:1
stamp millis.tsr 1.2.3.4 millisecs:500
stamp uuid.tsr 2.25.329800735698586629295641978511506172918 secs:1
openssl version
node - <<'JS'
const { readFileSync } = require('node:fs')
const { AsnConvert } = require('@peculiar/asn1-schema')
const { SignedData } = require('@peculiar/asn1-cms')
const { TimeStampResp, TSTInfo } = require('@peculiar/asn1-tsp')
const pkijs = require('pkijs')
for (const name of ['@peculiar/asn1-tsp', 'pkijs']) console.log(name, require(`./node_modules/${name}/package.json`).version)
const infoIn = (file) => {
  const { timeStampToken } = AsnConvert.parse(readFileSync(file), TimeStampResp)
  return Buffer.from(AsnConvert.parse(timeStampToken.content, SignedData).encapContentInfo.eContent.single.buffer)
}
const seen = {}
for (const file of ['whole.tsr', 'millis.tsr', 'uuid.tsr']) {
  const signed = infoIn(file)
  const info = AsnConvert.parse(signed, TSTInfo)
  const again = Buffer.from(AsnConvert.serialize(info))
  const byPkijs = Buffer.from(pkijs.TSTInfo.fromBER(new Uint8Array(signed).buffer).toSchema().toBER(false))
  seen[file] = { same: again.equals(signed), longer: again.length - signed.length, pkijsSame: byPkijs.equals(signed) }
  console.log(file, 'policy', info.policy, 'accuracy', JSON.stringify(info.accuracy), seen[file])
  if (file === 'uuid.tsr') seen.policyAgain = AsnConvert.parse(again, TSTInfo).policy
}
console.log('policy of uuid.tsr written again:', seen.policyAgain)
const asEver =
  seen['whole.tsr'].same && seen['millis.tsr'].longer === 3 && seen['millis.tsr'].pkijsSame && seen.policyAgain === '2.25'
process.exit(asEver ? 0 : 1)
JS
