import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually, untilTrue } from '../support/patience.ts'
import { own } from '../support/service/children.ts'
import { ENVIRONMENT } from '../support/service/environment.ts'

const MOCHA = fileURLToPath(new URL('../../node_modules/mocha/bin/mocha.js', import.meta.url))
const HANGING = 'test/support/service/hanging.ts'

const runs = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Runs the tests that hang, for so long once the service runs; `started` gives the ids of the service and of the tests' process. */
const startHanging = (milliseconds: number, ...options: readonly string[]) => {
  const file = join(newDirectory(), 'ids')
  const child = own(
    spawn(process.execPath, [MOCHA, ...options, HANGING], {
      cwd: fileURLToPath(new URL('../../', import.meta.url)),
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...ENVIRONMENT, HANGING_FILE: file, HANGING_MS: String(milliseconds) },
    }),
  )
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = once(child, 'close').then(() => said)
  const started = () =>
    eventually('a service started by a test that hangs', () => {
      const [service, tests] = existsSync(file) ? readFileSync(file, 'utf8').split('\n').map(Number) : []
      return service && tests ? { service, tests } : null
    })
  return { child, ended, started }
}

describe('a test that times out', () => {
  it('leaves no process behind for the next one', async () => {
    // The next test fails because it finds no process.
    const { ended, started } = startHanging(200)
    const said = await ended
    expect(said).to.include('Timeout of 200ms exceeded')
    expect(said).to.include('ESRCH')
    expect(said).to.include('0 passed, 2 failed')
    expect(runs((await started()).service)).to.equal(false)
  })
})

describe('a process of tests that is killed', () => {
  for (const [name, options] of [
    ['alone', []],
    ['one of several', ['--parallel', '--jobs', '2']],
  ] as const) {
    it(`(${name}) leaves none behind either`, async () => {
      const { child, started } = startHanging(0, ...options)
      const { service, tests } = await started()
      expect(runs(service)).to.equal(true)
      process.kill(tests, 'SIGKILL')
      await untilTrue('the service has ended', () => !runs(service))
      child.kill('SIGKILL')
    })
  }
})
