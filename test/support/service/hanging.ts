/** Tests that hang with a process of their own, for `process/leftProcesses.test.ts`; `HANGING_FILE` is where they write its id. */
import { appendFileSync, readFileSync } from 'node:fs'
import { startService } from './service.ts'

const file = process.env['HANGING_FILE'] ?? ''

describe('a test', () => {
  it('that hangs', async function () {
    const service = await startService()
    appendFileSync(file, `${service.pid}\n${process.pid}\n`)
    this.timeout(Number(process.env['HANGING_MS']))
    await new Promise(() => undefined)
  })

  it('that is the next', () => {
    process.kill(Number(readFileSync(file, 'utf8').split('\n')[0]), 0)
  })
})
