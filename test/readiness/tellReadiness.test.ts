import { expect } from 'chai'
import type { Logger } from '../../src/log/log.ts'
import type { Readiness } from '../../src/readiness/readiness.ts'
import { tellReadiness } from '../../src/readiness/tellReadiness.ts'
import { untilTrue } from '../support/patience.ts'

describe('whether the service is ready', () => {
  it('is told once for a reason whose numbers alone change, and again with another one', async () => {
    const lines: string[] = []
    const write = (_: object, line: string): void => void lines.push(line)
    const log = { info: write, warn: write, error: write } as unknown as Logger
    const readiness = { ready: false, eventStore: 'up', journal: 'up', readModel: 'caught up' } as Readiness
    let [seconds, fault] = [120, 'clock: the clock is']
    const stop = tellReadiness(
      () => readiness,
      () => [`${fault} ${seconds--} s behind`],
      log,
    )
    await untilTrue('it is looked at', () => seconds <= 116)
    expect(lines).to.have.length(1)
    expect(lines[0]).to.include('clock: the clock is 120 s behind')
    fault = 'clock: it leapt, and is'
    await untilTrue('the other reason is told', () => lines.length > 1)
    stop()
    expect(lines).to.have.length(2)
    expect(lines[1]).to.include('it leapt')
  })
})
