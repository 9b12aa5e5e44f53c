import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'

const MODULE = new URL('../../src/threads/youngGeneration.ts', import.meta.url).href

/** Says what the young generation of the main thread and of two threads has grown to, in MiB, when much that lives for a while was made in each. */
const SCRIPT = `
import { isMainThread, Worker } from 'node:worker_threads'
import { getHeapSpaceStatistics } from 'node:v8'
import { letThreadsHaveTheirOwn, youngAtMost } from '${MODULE}'
const grown = () => {
  let kept = []
  for (let made = 0; made < 3_000_000; made++) if (kept.push({ made: [made] }) > 60_000) kept = kept.slice(40_000)
  return getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size / 1048576
}
if (isMainThread) {
  letThreadsHaveTheirOwn()
  console.log(grown())
  for (const halfMiB of [2, 4]) {
    const thread = new Worker(new URL(import.meta.url), youngAtMost(halfMiB))
    await new Promise((resolve) => thread.on('exit', resolve))
  }
} else console.log(grown())
`

describe('the young generation of a thread', () => {
  it('is bounded by what the thread is started with, and that of the main thread as before', () => {
    const file = join(newDirectory(), 'young.mjs')
    writeFileSync(file, SCRIPT)
    const { stdout, stderr } = spawnSync(process.execPath, ['--max-semi-space-size=8', file], { encoding: 'utf8' })
    expect(stdout.trim().split('\n').map(Number), stderr).to.deep.equal([16, 4, 8])
  })
})
