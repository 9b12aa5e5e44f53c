/**
 * Loaded before a process (`NODE_OPTIONS=--import=…`), it sets the wall clock of that process, as seen by `Date.now()`, off by the
 * milliseconds that stand in the file `SHIFTED_CLOCK`. The file may change at any time.
 */
import { readFileSync } from 'node:fs'

const file = process.env['SHIFTED_CLOCK'] ?? ''
const now = Date.now
const READ_EVERY_MS = 20
let shift = 0
let readAt = Number.NEGATIVE_INFINITY

Date.now = () => {
  if (performance.now() - readAt > READ_EVERY_MS) {
    readAt = performance.now()
    try {
      shift = Number(readFileSync(file, 'utf8')) || 0
    } catch {
      // No descriptor is left: it is off by as much as before.
    }
  }
  return now() + shift
}
