#!/usr/bin/env bash
# A histogram with a label, as prom-client writes it, read by parse-prometheus-text-format.
# Guess: each set of labels has its own buckets, count and sum, as a counter's and a gauge's sets of labels come apart.
# What happens: all sets of labels become one entry, in which the buckets of the last one stand, without its labels, count and sum;
# the others are not there. A summary loses the same. Without any label all is there, and that is what its README shows.
# Known? https://github.com/yunyu/parse-prometheus-text-format/issues/13, of count and sum; a change that keeps the labels waits since 2019 (#8).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --before=2026-11-28 --ignore-scripts --no-audit --no-fund --loglevel=error \
  parse-prometheus-text-format@1.1.1 prom-client@15.1.3 >/dev/null
node --input-type=module - <<'JS'
import { readFileSync } from 'node:fs'
import parsePrometheusTextFormat from 'parse-prometheus-text-format'
import { Counter, Histogram, Registry } from 'prom-client'

for (const name of ['parse-prometheus-text-format', 'prom-client'])
  console.log(name, JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version)
const registers = [new Registry()]
const counter = new Counter({ name: 'deliveries_total', help: 'deliveries', labelNames: ['outcome'], registers })
const histogram = new Histogram({ name: 'answer_seconds', help: 'answers', labelNames: ['outcome'], buckets: [1], registers })
for (const outcome of ['stored', 'stored', 'refused']) {
  counter.inc({ outcome })
  histogram.observe({ outcome }, outcome === 'stored' ? 0.5 : 5)
}
const text = await registers[0].metrics()
console.log(text)
const read = Object.fromEntries(parsePrometheusTextFormat(text).map(({ name, metrics }) => [name, metrics]))
console.log(JSON.stringify(read, null, 1))
const asEver =
  read.deliveries_total.length === 2 && JSON.stringify(read.answer_seconds) === JSON.stringify([{ buckets: { 1: '0', '+Inf': '1' } }])
process.exit(asEver ? 0 : 1)
JS
