import { expect } from 'chai'
import fc from 'fast-check'
import type { UserId } from '../../../domain/identifiers.ts'
import { runsOf } from '../../support/assertLaw.ts'
import { userId } from '../../support/events/storedEvents.ts'
import {
  arrivals,
  arrivalsWithoutEcho,
  distinguished,
  shuffled,
  withOwnIds,
} from '../../support/histories/histories.ts'
import { withoutRevisions } from '../../support/logs/withoutRevisions.ts'
import { type Pipeline, sharedPipelines } from '../../support/pipeline/pipeline.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'

/** Delivers these one after the other and gives the answers about `users` once they are projected. */
const answersAfter = async (
  pipeline: Pipeline,
  webhooks: readonly WebhookJson[],
  users: readonly UserId[],
): Promise<readonly (string | null)[]> => {
  for (const webhook of webhooks) {
    const { _tag } = await pipeline.deliver(webhook)
    if (_tag !== 'Appended' && _tag !== 'Duplicate') throw new Error(_tag)
  }
  await pipeline.projected()
  return users.map((user) => withoutRevisions(pipeline.body(user)))
}

let runs = 0
/** These webhooks, with users, documents and webhook ids that no other run has. */
const deliveries = (webhooks: readonly WebhookJson[], run: number): readonly WebhookJson[] =>
  webhooks.map((webhook) => {
    const own = JSON.stringify(webhook, (key, value) => (key === 'webhook_id' ? `${value} of ${run}` : value)).replace(
      /"(userId|user_id|object_id|documentId)":("?)(42|43|801|802)\2/g,
      (_, member, quote, id) => `"${member}":${quote}${run}${id}${quote}`,
    )
    return JSON.parse(own) as WebhookJson
  })
const usersOf = (run: number): readonly UserId[] => [userId(`${run}42`), userId(`${run}43`)]

/** As they are, but some documents do not name their user. */
const withOrphans = (all: fc.Arbitrary<readonly WebhookJson[]>): fc.Arbitrary<readonly WebhookJson[]> =>
  fc
    .tuple(all, fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }))
    .map(([webhooks, blackened]) =>
      webhooks.map((webhook, index) =>
        blackened[index] && String(webhook.webhook).startsWith('document.')
          ? JSON.parse(JSON.stringify(webhook).replaceAll('"userId":"42"', '"userId":"1XXXXXX"'))
          : webhook,
      ),
    )

const someOf = <A>(items: readonly A[]): fc.Arbitrary<A[]> => fc.subarray([...items])

describe('through store and projection', () => {
  const pipelines = sharedPipelines(2)

  const sameAnswers = async (first: readonly WebhookJson[], second: readonly WebhookJson[]): Promise<void> => {
    const [one, other] = pipelines() as [Pipeline, Pipeline]
    const run = ++runs
    const expected = await answersAfter(one, deliveries(first, run), usersOf(run))
    expect(await answersAfter(other, deliveries(second, run), usersOf(run))).to.deep.equal(expected)
  }

  it('any order and any repetition of deliveries gives the same answer, to the byte', async () => {
    const histories = withOrphans(arrivalsWithoutEcho.map(distinguished)).chain((webhooks) =>
      fc.tuple(
        fc.constant(webhooks),
        someOf(webhooks).chain((again) => shuffled([...webhooks, ...again])),
      ),
    )
    await fc.assert(
      fc.asyncProperty(histories, ([webhooks, inAnyOrder]) => sameAnswers(webhooks, inAnyOrder)),
      { numRuns: runsOf(150) },
    )
  })

  it('any repetition gives the same answer where payloads echo each other, too', async () => {
    const histories = withOrphans(arrivals(12).map(distinguished).map(withOwnIds)).chain((webhooks) =>
      fc.tuple(
        fc.constant(webhooks),
        fc
          .tuple(...webhooks.map((_, index) => someOf(webhooks.slice(0, index + 1))))
          .map((again) => webhooks.flatMap((webhook, index) => [webhook, ...(again[index] ?? [])])),
      ),
    )
    await fc.assert(
      fc.asyncProperty(histories, ([webhooks, repeated]) => sameAnswers(webhooks, repeated)),
      { numRuns: runsOf(100) },
    )
  })
})
