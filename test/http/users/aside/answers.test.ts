import { expect } from 'chai'
import { pino } from 'pino'
import type { UserId } from '../../../../domain/identifiers.ts'
import { type Aside, askAside } from '../../../../src/http/users/aside/askAside.ts'
import { inOneText, type LinesTold, linesIn } from '../../../../src/http/users/aside/words.ts'
import { userRoutes } from '../../../../src/http/users/users.ts'
import { Erased, hearErasures } from '../../../../src/ledger/erased.ts'
import { streamOf } from '../../../../src/ledger/streams.ts'
import { keptReader } from '../../../../src/readModel/keptReader.ts'
import { recordErased } from '../../../support/erasures/recordErased.ts'
import { instant } from '../../../support/events/storedEvents.ts'
import { newCast, openPipeline, type Pipeline } from '../../../support/pipeline/pipeline.ts'
import { readingOf, serve } from '../../../support/pipeline/servedPipeline.ts'
import { tellDays } from '../../../support/pipeline/tellDays.ts'
import { right } from '../../../support/right.ts'
import { expectProblem } from '../../../support/service/answers.ts'
import { user as userWebhook } from '../../../support/webhooks/plainWebhooks.ts'

const RECORDED_AT = instant('2025-01-01T00:00:00Z')
const NDJSON = { accept: 'application/x-ndjson' }
const [STATUS, HISTORY] = ['/kyc?asOf=2029-01-01T00:00:00Z', '/kyc/history'] as const
const DAYS = [1, 2, 3, 4, 5]
const EVENTS = DAYS.length

describe('an answer about a user that a thread gives', () => {
  let pipeline: Pipeline
  let threads: Aside
  before(async () => {
    pipeline = await openPipeline()
    threads = askAside({
      projected: () => ({
        eventStore: { kind: 'sqlite', file: pipeline.file },
        identity: { logId: 'a log', generation: 0, losses: 0 },
        tree: null,
      }),
      isTrusted: () => true,
      log: pino({ level: 'silent' }),
      keptIsOther: () => undefined,
      long: 0,
    })
  })
  after(async () => {
    await threads.close()
    await pipeline.close()
  })

  const deliver = async (user: UserId): Promise<void> => {
    await tellDays(pipeline, user, DAYS, RECORDED_AT)
    await pipeline.projected()
  }
  const newUser = async (): Promise<UserId> => {
    const { user } = newCast()
    await deliver(user as UserId)
    return user as UserId
  }
  type Asked = { readonly response: Response; readonly text: Promise<string>; readonly uncertain: readonly unknown[] }
  const ask = async (
    user: UserId,
    path: string,
    aside: Aside | null,
    { headers = {}, erased = new Erased() }: { headers?: Readonly<Record<string, string>>; erased?: Erased } = {},
  ): Promise<Asked> => {
    const uncertain: unknown[] = []
    const reading = readingOf(pipeline, { aside, erased, uncertain: (one) => uncertain.push(one) })
    const { url, close } = await serve(userRoutes(reading))
    const response = await fetch(`${url}/users/${user}${path}`, { headers })
    return { response, text: response.text().finally(close), uncertain }
  }
  const same = async (one: Asked, other: Asked): Promise<void> => {
    expect(one.response.status).to.equal(other.response.status)
    expect(await one.text).to.equal(await other.text)
    expect(one.uncertain).to.deep.equal(other.uncertain)
    for (const name of ['etag', 'kyc-corrections', 'kyc-position', 'content-type', 'cache-control']) {
      expect(one.response.headers.get(name), name).to.equal(other.response.headers.get(name))
    }
  }

  /** The lines of a thread, each told by itself; after so many of them `then` is done, which may say that it tells no more. */
  const interrupted = (after: number, then: () => Promise<'goes on' | 'is silent' | 'fails'>): Aside => ({
    ...threads,
    async *history(...asked): AsyncGenerator<LinesTold | null> {
      let given = 0
      const { userId } = asked[1]
      for await (const some of threads.history(...asked)) {
        for (const line of linesIn(userId, some ?? expect.fail('no thread told it'))) {
          if (given === after) {
            const comes = await then()
            if (comes === 'is silent') return yield null
            if (comes === 'fails') throw new Error('the thread has ended')
          }
          given += 1
          yield { ...inOneText(userId, [line]), altered: [], isLast: given === EVENTS }
        }
      }
    },
  })

  it('is the one that is given without, from wherever in a history it is told no further', async () => {
    const user = await newUser()
    for (const after of [0, 1, EVENTS - 1]) {
      const aside = interrupted(after, async () => 'is silent')
      for (const [path, headers] of [
        [HISTORY, NDJSON],
        [HISTORY, {}],
        [`${HISTORY}?from=2`, {}],
        [`${HISTORY}?from=1&limit=2`, {}],
      ] as const) {
        if (path !== HISTORY && after > 1) continue
        await same(await ask(user, path, aside, { headers }), await ask(user, path, null, { headers }))
      }
    }
  })

  it('holds what has come since the same was asked', async () => {
    const user = await newUser()
    for (let times = 0; times < 2; times++) {
      for (const path of [STATUS, HISTORY]) await same(await ask(user, path, threads), await ask(user, path, null))
      await deliver(user)
      const webhook = JSON.stringify(userWebhook('0', `2024-07-0${times + 1}T12:00:00.000Z`))
      await pipeline.deliver(JSON.parse(webhook.replaceAll('"42"', `"${user}"`)), RECORDED_AT)
      await pipeline.projected()
    }
  })

  it('is the same by what the read model keeps of him, of all questions', async () => {
    const user = newCast().user as UserId
    for (let n = 0; n < 30; n++) {
      const webhook = JSON.stringify(
        userWebhook(String(n % 4), `2024-06-${String(29 - n + 1).padStart(2, '0')}T12:00:00.000Z`),
      )
      await pipeline.deliver(
        JSON.parse(webhook.replaceAll('"42"', `"${user}"`)),
        instant(`2025-01-01T00:00:${n + 10}Z`),
      )
    }
    await pipeline.projected()
    const reader = keptReader()
    expect(reader.of({ file: pipeline.readModelFile, starts: 1 }, user, 29, []).length).to.be.greaterThan(20)
    reader.close()
    for (const path of [
      ...[
        'asOf=2024-06-15T00:00:00Z',
        'knownAt=2025-01-01T00:00:20Z',
        'asOf=2024-05-01T00:00:00Z',
        'knownAt=2024-01-01T00:00:00Z',
      ].map((question) => `/kyc?${question}`),
      '/kyc?asOf=2024-06-25T00:00:00Z&knownAt=2025-01-01T00:00:25Z',
      ...['', '?limit=7', '?from=11&limit=9', '?from=29', '?from=30'].map((page) => `${HISTORY}${page}`),
    ]) {
      await same(await ask(user, path, threads), await ask(user, path, null))
    }
    await same(
      await ask(user, HISTORY, threads, { headers: NDJSON }),
      await ask(user, HISTORY, null, { headers: NDJSON }),
    )
  })

  it('is 500 where the thread ended over it, or is broken off', async () => {
    const user = await newUser()
    const failing: Aside = { ...threads, status: () => Promise.reject(new Error('the thread has ended')) }
    const { response, text } = await ask(user, STATUS, failing)
    await expectProblem(new Response(await text, response), 500, 'internal-error')
    const begun = await ask(
      user,
      HISTORY,
      interrupted(2, async () => 'fails'),
      { headers: NDJSON },
    )
    expect(begun.response.status).to.equal(200)
    expect(await begun.text.catch(() => 'broken off')).to.equal('broken off')
  })

  it('says in the log, once, which events are not what was received', async () => {
    const user = await newUser()
    const altered = { stream: streamOf(user), eventId: 'an event' }
    const aside: Aside = {
      ...threads,
      async *history(...asked) {
        for await (const some of threads.history(...asked)) yield some && { ...some, altered: [altered, altered] }
      },
      status: async (...asked) => {
        const told = await threads.status(...asked)
        return told === null || told === 'nobody' ? told : { ...told, altered: ['an event'] }
      },
    }
    for (const path of [STATUS, HISTORY]) {
      const { text, uncertain } = await ask(user, path, aside)
      await text
      expect(uncertain.map((one) => (one as { kind: string }).kind)).to.deep.equal(['event-altered'])
    }
  })

  describe('of one who is erased meanwhile', () => {
    const erasing = async () => {
      const user = await newUser()
      const erased = new Erased()
      const erase = async (): Promise<void> => {
        await recordErased(pipeline.store, streamOf(user))
        await hearErasures(pipeline.store, erased)
      }
      return { user, erased, erase }
    }

    it('is 410: his status, once it is told; and what was kept of him for it is forgotten', async () => {
      const { user, erased, erase } = await erasing()
      const forgotten: unknown[] = []
      const aside: Aside = {
        ...threads,
        forget: (userId) => forgotten.push(userId),
        status: async (...asked) => {
          await erase()
          const told = await threads.status(...asked)
          forgotten.length = 0
          return told
        },
      }
      const { response, text, uncertain } = await ask(user, STATUS, aside, { erased })
      await expectProblem(new Response(await text, response), 410, 'user-erased')
      expect([forgotten, uncertain]).to.deep.equal([[user], []])
    })

    it('is 410: his status, where the thread finds his stream gone', async () => {
      const { user, erased, erase } = await erasing()
      let told: unknown
      const aside: Aside = {
        ...threads,
        status: async (...asked) => {
          await erase()
          right(await pipeline.store.erase(streamOf(user), EVENTS - 1)())
          told = await threads.status(...asked)
          return null
        },
      }
      const { response, text, uncertain } = await ask(user, STATUS, aside, { erased })
      await expectProblem(new Response(await text, response), 410, 'user-erased')
      expect([told, uncertain]).to.deep.equal([null, []])
    })

    it('is 410, or broken off where it has begun: his history', async () => {
      for (const [headers, status] of [
        [{}, 410],
        [NDJSON, 200],
      ] as const) {
        const { user, erased, erase } = await erasing()
        const aside = interrupted(2, async () => {
          await erase()
          return 'goes on'
        })
        const { response, text, uncertain } = await ask(user, HISTORY, aside, { headers, erased })
        expect(response.status).to.equal(status)
        if (status === 410) await expectProblem(new Response(await text, response), 410, 'user-erased')
        else expect(await text.catch(() => 'broken off')).to.equal('broken off')
        expect(uncertain).to.deep.equal([])
      }
    })
  })
})
