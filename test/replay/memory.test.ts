import { expect } from 'chai'
import { largeLogUser, writeLargeLog } from '../support/logs/largeLog.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { kyc } from '../support/service/kyc.ts'
import { readyHere } from '../support/service/service.ts'

const LIMIT_MIB = 300
const EVENTS_EACH = 20

describe('a replay of a large log', () => {
  const holds = async (users: number): Promise<void> => {
    const directory = newDirectory()
    await writeLargeLog(directory, users, EVENTS_EACH)
    const startedAt = performance.now()
    const first = await kyc(directory, ['replay'])
    const seconds = (performance.now() - startedAt) / 1000
    expect(first.code, first.stderr).to.equal(0)
    const again = await kyc(directory, ['replay', '--dry-run'])
    expect(again.code, again.stderr).to.equal(0)
    expect(again.stdout).to.include('the rebuilt read model is the same, row by row')
    console.log(
      `      ${users * EVENTS_EACH} events: ${seconds.toFixed(1)} s, ${first.peakMiB.toFixed(0)} MiB;`,
      `with the comparison ${again.peakMiB.toFixed(0)} MiB`,
    )
    for (const { peakMiB } of [first, again]) expect(peakMiB).to.be.within(20, LIMIT_MIB)

    const service = await readyHere(directory)
    for (const index of [0, users - 1]) {
      expect(await service.kyc(largeLogUser(index))).to.include({ status: 'validated', events: EVENTS_EACH })
    }
    await service.stop()
  }

  it(`stays under ${LIMIT_MIB} MiB with fifty thousand events`, () => holds(2500))

  if (process.env['KYC_LARGE'] === '1') {
    it(`stays under ${LIMIT_MIB} MiB with a million events`, () => holds(50_000)).timeout(1_800_000)
  }
})
