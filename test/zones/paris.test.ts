import { expect } from 'chai'
import { parseParisTime } from '../../domain/treezor/parisTime.ts'
import { installed } from '../support/installed.ts'
import { changesOfParis, readingsAround } from './parisByZoneFile.ts'

describe('the clocks of Paris, by the zone file of the system', () => {
  it('are read as they went, around each change since 1911', function () {
    const zdump = installed('zdump', 'libc-bin', 'times of Paris are not held against its zone file')
    if (zdump === null) return this.skip()
    const changes = changesOfParis(zdump).filter(({ at }) => at > Date.parse('1911-03-12T00:00:00Z') / 1000)
    expect(changes.length).to.be.greaterThan(150)
    const readings = readingsAround(changes)
    const counts = { once: 0, twice: 0, never: 0 }
    for (const { text, moments, passedOver } of readings) {
      counts[moments.length === 0 ? 'never' : moments.length === 1 ? 'once' : 'twice'] += 1
      // What comes twice is the second; what never comes is told by a clock that was not set yet.
      expect((parseParisTime(text) ?? Number.NaN) / 1e6, text).to.equal(moments.at(-1) ?? passedOver)
    }
    for (const [how, count] of Object.entries(counts)) expect(count, how).to.be.greaterThan(500)
  })
})
