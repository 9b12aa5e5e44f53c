import { expect } from 'chai'
import fc from 'fast-check'
import { currentStatus } from '../../domain/answer/currentStatus.ts'
import { history } from '../../domain/answer/history.ts'
import { standing } from '../../domain/answer/standing.ts'
import { fold } from '../../domain/state/fold.ts'
import { assertLaw } from '../support/assertLaw.ts'
import { USER } from '../support/histories/histories.ts'
import {
  clocks,
  foldedThen,
  judgedThen,
  live,
  MISNAMED,
  momentsOf,
  stories,
  told,
  VALIDATED,
} from '../support/histories/stories.ts'
import { day, sentAgain, user } from '../support/webhooks/plainWebhooks.ts'

describe('histories with what the service has observed and released', () => {
  it('come to what an oracle says that has read the rules only, now and as of any time, as known at any time', async () => {
    const seen = { validated: 0, takenAway: 0, released: 0, void: 0, held: 0, past: 0 }
    const law = fc.asyncProperty(stories, clocks, async (steps, clock) => {
      const life = await live(steps, clock)
      const judged = judgedThen(life)
      const state = foldedThen(life)
      expect(currentStatus(state).status, told(steps)).to.equal(judged.status)
      const held = state.heldBack.map(({ stream, revision, eventId, payloadHash }) =>
        JSON.stringify([stream, revision, eventId, payloadHash]),
      )
      expect(held.toSorted(), told(steps)).to.deep.equal(judged.held.toSorted())
      for (const [step, knownAt] of life.at.entries()) {
        const some = momentsOf(life).filter((_, index) => (index + step) % 11 === 0)
        for (const asOf of [Number.POSITIVE_INFINITY, ...some]) {
          const then = judgedThen(life, asOf, step + 1)
          const { status } = currentStatus(foldedThen(life, asOf, knownAt))
          expect(status, `known at ${knownAt}, as of ${asOf}\n${told(steps)}`).to.equal(then.status)
          seen.past += then.released.length
        }
      }
      if (judged.status === 'validated') seen.validated += 1
      if (judged.held.length > 0) seen.held += 1
      const signed = judgedThen({ ...life, written: life.written.filter(({ is }) => is !== 'observed') })
      if (signed.status === 'validated' && judged.status !== 'validated') seen.takenAway += 1
      seen.released += judged.released.length
      seen.void += life.written.filter(({ is }) => is === 'released').length - judged.released.length
    })
    await assertLaw(law, { same: 184, others: 20 }, () => {
      for (const [what, count] of Object.entries(seen)) expect(count, what).to.be.greaterThan(5)
    })
  })

  it('answer what they answered, whatever is written later; and the history says before and after each event what the answer was', async () => {
    const seen = { changed: 0 }
    const law = fc.asyncProperty(stories, clocks, async (steps, clock) => {
      const life = await live(steps, clock)
      const own = life.ledger.own(USER)
      const answers = own.map((_, index) => currentStatus(fold(USER, own.slice(0, index + 1))))
      for (const [step, count] of life.events.entries()) {
        if (count === 0) continue
        const then = JSON.stringify(currentStatus(foldedThen(life, Number.POSITIVE_INFINITY, life.at[step])))
        expect(then, told(steps)).to.equal(JSON.stringify(answers[count - 1]))
      }
      const entries = [
        ...history(
          USER,
          own.map((event) => ({ event, orphan: false })),
        ),
      ].filter((one) => one !== null)
      expect(entries.map(({ after }) => after)).to.deep.equal(
        own.map((_, index) => standing(fold(USER, own.slice(0, index + 1)))),
      )
      expect(entries.slice(1).map(({ before }) => before)).to.deep.equal(entries.slice(0, -1).map(({ after }) => after))
      seen.changed += entries.filter(
        ({ name, before, after }) => name?.startsWith('kyc-ledger.') && before.status !== after.status,
      ).length
    })
    await assertLaw(law, { same: 134, others: 20 }, () => expect(seen.changed).to.be.greaterThan(10))
  })

  it('release what is named by all of its place, its id and its payload, and nothing else', async () => {
    const [refused, validated] = [user('3', day(1)), user('2', day(2))]
    const webhooks = [refused, validated, sentAgain(refused, day(3)), sentAgain(validated, day(4))]
    const statusAfter = async (misnamed: (typeof MISNAMED)[number] | 'nothing'): Promise<string> => {
      const life = await live(
        [
          ...webhooks.map((webhook) => ({ do: 'deliver', webhook }) as const),
          VALIDATED,
          { do: 'release', which: 0, before: 0, misnamed },
        ],
        (step) => Date.parse(day(10)) + step,
      )
      return currentStatus(foldedThen(life)).status
    }
    expect(await statusAfter('nothing')).to.equal('validated')
    for (const misnamed of MISNAMED) expect(await statusAfter(misnamed), misnamed).to.equal('refused')
  })
})
