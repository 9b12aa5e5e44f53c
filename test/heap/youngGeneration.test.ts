import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { youngAtMost } from '../../src/heap/youngGeneration.ts'
import { newDirectory } from '../support/newDirectory.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const MODULE = new URL('../../src/heap/youngGeneration.ts', import.meta.url).href

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

  it('is as the main thread’s where nothing smaller is asked for', () => {
    expect(youngAtMost().resourceLimits).to.deep.equal({ maxYoungGenerationSizeMb: 48 })
  })

  it('is left to each thread by the service, before it starts one', () => {
    const spy = `import v8 from 'node:v8'
      import { syncBuiltinESMExports } from 'node:module'
      v8.setFlagsFromString = console.log
      syncBuiltinESMExports()`
    const preload = `data:text/javascript,${encodeURIComponent(spy)}`
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', preload, MAIN, '--loaded'], {
      encoding: 'utf8',
    })
    expect(stdout.split('\n')[0], stderr).to.equal('--max-semi-space-size=0')
  })
})
