import { openSync } from 'node:fs'
import { overwriteGaps } from '../../src/sqlite/overwriteGaps.ts'

/** Overwrites the gaps of a file, as often as it has to be asked. */
const fd = openSync(process.argv[2] ?? '', 'r+')
for (let first: number | null = 1; first !== null; ) {
  try {
    first = overwriteGaps(fd, first).next
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EIO') throw error
    console.log('EIO')
  }
}
