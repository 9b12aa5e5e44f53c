import { expect } from 'chai'
import fc from 'fast-check'
import type { UserId } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import { assertLaw } from '../support/assertLaw.ts'
import { instant } from '../support/events/storedEvents.ts'
import { arrivals, orphans, shuffled } from '../support/histories/histories.ts'
import { lives } from '../support/histories/lives.ts'
import { newCast, type Pipeline, played, sharedPipelines, statusThen } from '../support/pipeline/pipeline.ts'
import type { KycStatus } from '../support/service/answers.ts'

const RECEIVED = instant('2030-01-01T00:00:00Z')
const HOUR = 3_600_000_000

const mixed = fc
  .tuple(fc.oneof(arrivals(12), lives(12)), fc.array(orphans, { maxLength: 4 }))
  .chain(([own, ofNobody]) => shuffled([...own, ...ofNobody]))

/** A history of two users, when one of them is erased on one way of it, and when on the other; and a time to ask for. */
const histories = fc.tuple(
  mixed,
  fc.constantFrom('user', 'other', 'other', 'other'),
  fc.nat(14),
  fc.nat(14),
  fc.nat(100),
)

describe('whenever in a history a user is erased', () => {
  const pipelines = sharedPipelines(3)
  const gone: UserId[] = []
  const left: UserId[] = []
  const answers: KycStatus[] = []
  /** Others who were verified, and who hear events of nobody. */
  const worthIt = (): void => {
    expect(answers.some(({ verified }) => verified)).to.equal(true)
    expect(answers.some(({ anomalies }) => anomalies.some(({ kind }) => kind === 'user-unknown'))).to.equal(true)
  }

  it('nothing is told of him, and of the other the same to the byte, now, then, and as it was known', async () => {
    const law = fc.asyncProperty(histories, async ([webhooks, who, ...moments]) => {
      const cast = newCast()
      const [erased, other] = who === 'user' ? [cast.user, cast.other] : [cast.other, cast.user]
      const asOf = (instant('2024-06-27T00:00:00Z') + (moments[2] - 20) * HOUR) as Instant
      const toldBy = async (pipeline: Pipeline, index: number): Promise<readonly unknown[]> => {
        // On the third way he is erased once everything was heard.
        const moment = moments[index] ?? 0
        for (const [at, webhook] of webhooks.entries()) {
          if (index < 2 && at === moment) await pipeline.erase(erased)
          await pipeline.deliver(played(webhook, cast), RECEIVED)
          if (at % 3 === 0) await pipeline.projected()
        }
        if (index === 2 || moment >= webhooks.length) await pipeline.erase(erased)
        await pipeline.projected()
        expect(pipeline.body(erased)).to.equal(null)
        expect(pipeline.reader.erasedUser(erased)).to.not.equal(null)
        expect((await pipeline.userEvents(erased)).own).to.deep.equal([])
        const events = await pipeline.userEvents(other)
        const times = [
          { asOf: null, knownAt: RECEIVED },
          { asOf, knownAt: null },
        ] as const
        return [pipeline.body(other), ...times.map((question) => statusThen(other, events, question))]
      }
      const told = await Promise.all(pipelines().map(toldBy))
      for (const one of told) expect(one).to.deep.equal(told[0])
      gone.push(erased)
      left.push(other)
      const [body] = told[0] ?? []
      if (typeof body === 'string') answers.push(JSON.parse(body) as KycStatus)
    })
    await assertLaw(law, { same: 60, others: 20 }, worthIt)
  })

  it('the read model that was kept up and the one that is rebuilt say the same', async () => {
    for (const pipeline of pipelines()) {
      const rebuilt = await pipeline.rebuilt()
      for (const userId of left) expect(rebuilt.kycAnswer(userId)?.body ?? null).to.equal(pipeline.body(userId))
      for (const userId of gone) expect(rebuilt.kycAnswer(userId)).to.equal(null)
      expect(rebuilt.unattributed('user-unknown', -1, 1e6)).to.deep.equal(
        pipeline.reader.unattributed('user-unknown', -1, 1e6),
      )
    }
  })
})
