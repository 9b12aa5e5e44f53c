import { expect } from 'chai'
import { installed } from '../support/installed.ts'
import { cutPower, type Found } from './cuts.ts'
import { erasureOf } from './erasure.ts'
import { type Recording, record } from './record.ts'
import { SCENARIOS } from './scenarios.ts'

const compiler = installed('cc', 'gcc', 'no disk fails under a service')
const SEED = 18

/** So many times as many moments are cut. */
const TIMES = Number(process.env['STORAGE_TIMES'] ?? 0.25)
const times = (cuts: number): number => Math.ceil(TIMES * cuts)

const recorded = async (name: string, facts: number): Promise<Recording> => {
  const scenario = SCENARIOS[name]
  if (scenario === undefined) throw new Error(`there is no ${name}`)
  return record(compiler ?? '', SEED, async (one) => void (await scenario(one, facts)))
}

const failedIn = ({ calls }: Recording): number => calls.findIndex(({ _tag }) => _tag === 'Failed')

const expectKept = ({ wrong, ...found }: Found, cuts: number): void => {
  expect(wrong.slice(0, 5), JSON.stringify(found)).to.deep.equal([])
  expect(found.cuts).to.be.at.least(cuts)
}

/** A short piece of `npm run chaos -- storage`. */
;(compiler === null ? describe.skip : describe)('a service on a disk that fails, after a power cut', () => {
  it('goes by nothing that was written, and lost, before it began: what a failed sync left is written again', async () => {
    const recording = await recorded('commit-sync-killed', 12)
    const failed = failedIn(recording)
    expect(failed).to.be.greaterThan(0)
    const all = await cutPower(recording, { cuts: times(24), images: 2 })
    expectKept(all, times(24))
    expect(all.acknowledged).to.be.at.least(12)
    // Events were shown, and each was durable then.
    expect(all.told).to.be.at.least(5)
    expectKept(
      await cutPower(recording, { cuts: times(20), images: 3, between: () => [failed, failed + 40] }),
      times(10),
    )
    recording.remove()
  })

  // How a checkpoint goes on after such a sync is held in `wal.test.ts`, without a service.
  const halfOfOne = async () => {
    const recording = await recorded('read-model-sync', 45)
    const names = new Map(recording.calls.flatMap((call) => (call._tag === 'Opened' ? [[call.file, call.path]] : [])))
    const failed = failedIn(recording)
    const written = recording.calls.findIndex(
      (call, index) => index > failed && call._tag === 'Written' && names.get(call.file) === 'read-model.db',
    )
    expect(written).to.be.greaterThan(failed)
    expectKept(
      await cutPower(recording, { cuts: times(20), images: 3, between: () => [written, written + 40] }),
      times(10),
    )
    recording.remove()
  }
  if (TIMES >= 1) it('has no read model that is half of one', halfOfOne)

  it('holds nothing of whom it says that he is erased', async () => {
    const erasure = erasureOf()
    const happen = async (one: Parameters<typeof erasure.happen>[0]) => void (await erasure.happen(one))
    const recording = await record(compiler ?? '', SEED, happen, erasure.prepare)
    expectKept(await cutPower(recording, { cuts: times(40), images: 2, check: erasure.check }), times(40))
    recording.remove()
  })

  it('is found out where it acknowledges before it has synced', async () => {
    const happen = async ({ start, deliver }: Parameters<Parameters<typeof record>[2]>[0]) => {
      const service = await start({ STORAGE_PLANTED: 'off' })
      for (let fact = 0; fact < 6; fact++) await deliver(service)
      await service.kill()
    }
    const recording = await record(compiler ?? '', SEED, happen)
    const { wrong } = await cutPower(recording, { cuts: 16, images: 1 })
    expect(wrong.join('\n')).to.include('was told before it was durable').and.to.include('is lost')
    recording.remove()
  })
})
