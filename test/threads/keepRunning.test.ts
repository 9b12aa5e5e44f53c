import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { pino } from 'pino'
import { keepRunning } from '../../src/threads/keepRunning.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'

describe('a thread that is kept running', () => {
  it('is started again as often as it fails, and says so once while it fails for the same reason', async () => {
    const module = join(newDirectory(), 'thread.mjs')
    writeFileSync(module, "throw new Error('the disk is full')\n")
    const lines: string[] = []
    const log = pino({}, { write: (line: string) => void lines.push(line) })
    const stopping = new AbortController()
    const reasons: (string | null)[] = []
    const thread = keepRunning(
      { module: pathToFileURL(module), data: () => null, name: 'the thread' },
      log,
      stopping.signal,
      { said: () => undefined, stopped: (reason) => void reasons.push(reason) },
    )
    await untilTrue('it has failed three times', () => reasons.length >= 3)
    writeFileSync(module, "throw new Error('another one')\n")
    await untilTrue('it fails for another reason, which is told', () => lines.length > 1)
    stopping.abort()
    await thread.ended
    const told = lines.map((line) => JSON.parse(line)).map(({ reason, msg }) => [reason, msg])
    const stopped = 'the thread stopped; it is started again'
    expect(told).to.deep.equal([
      ['the disk is full', stopped],
      ['another one', stopped],
    ])
    expect(reasons.filter((reason) => reason === 'the disk is full')).to.have.length.at.least(3)
  })
})
