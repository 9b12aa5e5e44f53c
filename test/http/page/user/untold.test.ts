import { expect } from 'chai'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { UserId } from '../../../../domain/identifiers.ts'
import type { EventStore } from '../../../../src/eventStore/eventStore.ts'
import {
  notAsSealed,
  storeDamaged,
  storeUnreachable,
  streamUnreadable,
} from '../../../../src/eventStore/readFailure.ts'
import { problemPage } from '../../../../src/http/page/problem/problemPage.ts'
import type { UserPageSources } from '../../../../src/http/page/user/sources.ts'
import { userPages } from '../../../../src/http/page/user/userPages.ts'
import { showProblems } from '../../../../src/http/problem.ts'
import { readErased } from '../../../../src/ledger/erased.ts'
import { streamOf } from '../../../../src/ledger/streams.ts'
import { anomalyInWords } from '../../../../src/words/anomalyInWords.ts'
import { recordErased } from '../../../support/erasures/recordErased.ts'
import { shownText } from '../../../support/page/shownText.ts'
import { HTML } from '../../../support/page/signedIn.ts'
import { newCast, openPipeline, type Pipeline } from '../../../support/pipeline/pipeline.ts'
import { failingOn } from '../../../support/pipeline/projecting.ts'
import { readingOf, serve } from '../../../support/pipeline/servedPipeline.ts'
import { user as userWebhook } from '../../../support/webhooks/plainWebhooks.ts'

describe('the page of a user who cannot be told of', () => {
  const { user } = newCast()
  let pipeline: Pipeline
  before(async () => {
    pipeline = await openPipeline()
    const webhook = JSON.stringify(userWebhook('2', '2024-06-02T12:00:00.000Z'))
    await pipeline.deliver(JSON.parse(webhook.replaceAll('"42"', `"${user}"`)))
    await pipeline.projected()
  })
  after(() => pipeline.close())

  const page = async (changes: Partial<UserPageSources>, status: number, path = `/users/${user}`): Promise<string> => {
    const sealed = { latest: () => null, fault: () => null }
    const sources = { ...readingOf(pipeline, changes), sealed, clockFault: () => null }
    const { url, close } = await serve((app) => {
      showProblems(app, problemPage)
      userPages(sources)(app)
    })
    try {
      const response = await fetch(`${url}${path}`, { headers: HTML })
      const text = await response.text()
      expect(response.status, text).to.equal(status)
      expect(response.headers.get('content-type')).to.equal('text/html; charset=utf-8')
      return shownText(text)
    } finally {
      close()
    }
  }
  const failing = (error: Error): EventStore => ({
    ...pipeline.store,
    // biome-ignore lint/correctness/useYield: it fails before it gives anything
    async *readStream() {
      throw error
    },
  })

  for (const [kind, error] of [
    ['history-damaged', storeDamaged('a page is damaged')],
    ['history-removed', streamUnreadable('it is hidden')],
    ['not-as-sealed', notAsSealed()],
  ] as const) {
    it(`says what of his history is the matter, and that nobody should take him for verified: ${kind}`, async () => {
      const text = await page({ store: failing(error) }, 200)
      expect(text).to.include('unknown not verified Unknown: what is known does not allow to say how the user stands')
      expect(text).to.include(`${kind}: ${anomalyInWords(kind)}`)
      expect(text).to.include('The events of the user cannot be read.')
    })
  }

  it('says the same where this version fails on an event, and nothing of what that holds', async () => {
    const text = await page({ store: failingOn(() => true, pipeline.store) }, 200)
    expect(text).to.include('unknown not verified Unknown: what is known does not allow to say how the user stands')
    expect(text).to.include(`unreadable-event: ${anomalyInWords('unreadable-event')}`)
    expect(text).to.not.include('what the event holds')
  })

  it('says so of the time that was asked about, and keeps what was typed', async () => {
    const query = '?asOf=2025-01-01&knownAt=2025-02-01'
    const text = await page({ store: failing(storeDamaged('a page is damaged')) }, 200, `/users/${user}${query}`)
    expect(text).to.include('this page tells how things stood on 1 January 2025').and.to.include('unknown not verified')
  })

  it('is told to come again where pages of two users with long histories are being made, and keeps nobody from the others', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const { promise: two, resolve: underWay } = Promise.withResolvers<void>()
    let held = 0
    const ofUser = streamOf(user)
    const settled: UserPageSources['settled'] = async (stream) => {
      if (stream !== ofUser) return
      held += 1
      if (held === 2) underWay()
      await released
    }
    const reading = readingOf(pipeline, { settled })
    const readModel: UserPageSources['readModel'] = {
      ...reading.readModel,
      reader: () => {
        const reader = reading.readModel.reader()
        return reader && { ...reader, standingOf: (of) => (of === user ? { revision: 2000, altered: false } : null) }
      },
    }
    const sources = {
      ...readingOf(pipeline, { settled, readModel }),
      sealed: { latest: () => null, fault: () => null },
      clockFault: () => null,
    }
    const { url, close } = await serve((app) => {
      showProblems(app, problemPage)
      userPages(sources)(app)
    })
    const statusOf = async (of: string): Promise<number> => {
      const response = await fetch(`${url}/users/${of}`, { headers: HTML })
      await response.text()
      return response.status
    }
    const first = [statusOf(user), statusOf(user)]
    await two
    expect(await statusOf(user)).to.equal(503)
    expect(await statusOf('4711')).to.equal(404)
    release()
    expect(await Promise.all(first)).to.deep.equal([200, 200])
    expect(await statusOf(user)).to.equal(200)
    close()
  })

  it('says of an altered event that it is none that was received', async () => {
    const store: EventStore = {
      ...pipeline.store,
      async *readStream(stream, options) {
        for await (const event of pipeline.store.readStream(stream, options))
          yield { ...event, hasPayload: () => false }
      },
    }
    const text = await page({ store }, 200)
    expect(text).to.include('unknown not verified').and.to.include('An event of the user is not what was received')
    expect(text).to.include('an event of which nothing is made').and.to.include('occurred not known')
    expect(await page({ store }, 200, `/users/${user}/events/0`)).to.include('it was altered in the event log')
  })

  it('says that the read model is catching up, and that the event store does not answer', async () => {
    const { readModel } = readingOf(pipeline)
    const behind = await page({ readModel: { ...readModel, hasCaughtUp: () => false } }, 503)
    expect(behind).to.include('The read model is catching up with the log').and.to.include('Try again in a moment')
    expect(await page({ store: failing(storeUnreachable('no answer')) }, 503)).to.include('event-store-unreachable')
  })

  it('shows no raw event while it cannot be recorded who looked', async () => {
    const text = await page({ access: () => TE.left('no room') }, 503, `/users/${user}/events/0`)
    expect(text).to.include('access-not-recorded').and.to.not.include('object_payload')
  })

  it('says of a user who was erased when that was, and by which record', async () => {
    await recordErased(pipeline.store, `kyc-${user}`)
    const erased = await readErased(pipeline.store)
    const { revision = -1, position = '' } = erased.users.get(user as UserId) ?? {}
    for (const path of [`/users/${user}`, `/users/${user}/events/0`]) {
      const text = await page({ erased }, 410, path)
      expect(text).to.match(/Erased 2026-01-05 \d\d:\d\d:\d\d UTC Erasure number 0 Record kyc-erasures, revision/)
      expect(text).to.include(`kyc-erasures, revision ${revision}`).and.to.include(position)
      expect(text).to.include('No checkpoint covers the record yet')
    }
    expect(await page({ erased, proofOf: () => 'c2sp.org/tlog-proof@v1' }, 410))
      .to.include('Proof')
      .and.to.include('c2sp.org/tlog-proof@v1')
  })
})
