import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { pino } from 'pino'
import { byKeys } from '../../src/access/authentication.ts'
import { issuerKeys } from '../../src/access/issuerKeys.ts'
import { readToken } from '../../src/access/tokenClaims.ts'
import { tokenHolders } from '../../src/access/tokenHolders.ts'
import { GIVEN_ROLES } from '../../src/config/roles.ts'
import { changeRoutes } from '../../src/http/changes/changeRoutes.ts'
import {
  AUDIENCE,
  ISSUER,
  type IssuerKey,
  type IssuerServer,
  newIssuerKey,
  startIssuer,
  tokenBy,
} from '../support/access/issuer.ts'
import { serve } from '../support/pipeline/servedPipeline.ts'

const BOUNDS = { answerMs: 1000, freshMs: 60_000, keptMs: 120_000, againMs: 10_000, failedMs: 5000 }

describe('the keys of an issuer', () => {
  const ends: (() => unknown)[] = []
  const lines: string[] = []
  let [first, second]: readonly IssuerKey[] = []
  before(async () => {
    first = await newIssuerKey('first')
    second = await newIssuerKey('second')
  })
  afterEach(async () => {
    lines.length = 0
    for (const end of ends.splice(0)) await end()
  })

  /** Something that takes tokens, over HTTP, with a clock of its own; `ask` gives the status. */
  const world = async (keys: readonly (IssuerKey | undefined)[]) => {
    const issuer: IssuerServer = await startIssuer(keys.flatMap((key) => key ?? []))
    let now = 0
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
    const config = {
      issuer: ISSUER,
      audiences: [AUDIENCE],
      jwksUrl: issuer.jwksUrl,
      algorithms: ['ES256'],
      type: null,
      claim: 'scope',
      clockToleranceSeconds: 0,
    }
    const kept = issuerKeys(issuer.jwksUrl, log, BOUNDS, () => now)
    const authentication = byKeys(
      () => [],
      tokenHolders(ISSUER, readToken(config, kept.keyOf), kept, () => GIVEN_ROLES, log),
    )
    const changes = { read: () => E.left('other-meaning' as const), moved: async () => undefined }
    const ending = new AbortController().signal
    const served = await serve(changeRoutes({ changes, logId: () => 'the-log', authentication }, ending))
    ends.push(served.close, () => issuer.close().catch(() => undefined))
    const presenting = async (authorization: string): Promise<number> => {
      const response = await fetch(`${served.url}/changes`, { headers: { authorization } })
      const { type } = (await response.json()) as { readonly type: string }
      // Who is let pass is told that there are none here.
      return type === '/problems/other-meaning' ? 200 : response.status
    }
    return {
      issuer,
      pass: (milliseconds: number): void => {
        now += milliseconds
      },
      presenting,
      ask: async (key: IssuerKey | undefined): Promise<number> =>
        key === undefined ? 0 : presenting(`Bearer ${await tokenBy(key, { scope: 'kyc:read' })}`),
    }
  }

  it('are fetched with the first token, and once however many come', async () => {
    const { issuer, ask } = await world([first])
    expect(issuer.asked()).to.equal(0)
    expect(await Promise.all(Array.from({ length: 10 }, () => ask(first)))).to.deep.equal(Array(10).fill(200))
    expect(issuer.asked()).to.equal(1)
  })

  it('may change: a new one is found where a token names it, and one that is gone is not taken', async () => {
    const { issuer, ask, pass } = await world([first])
    expect([await ask(first), await ask(second)]).to.deep.equal([200, 401])
    issuer.publish([second].flatMap((key) => key ?? []))
    // Names of keys that nobody knows have it asked no more often than that.
    for (let i = 0; i < 10; i++) expect(await ask(second)).to.equal(401)
    expect(issuer.asked()).to.equal(1)
    pass(BOUNDS.againMs)
    expect([await ask(second), await ask(first)]).to.deep.equal([200, 401])
    expect(issuer.asked()).to.equal(2)
  })

  it('are looked after now and then, so that one that is gone is not taken for long, a token that was found right before neither', async () => {
    const { issuer, presenting, pass } = await world([first, second])
    if (first === undefined) throw new Error('no key')
    const authorization = `Bearer ${await tokenBy(first, { scope: 'kyc:read' })}`
    for (let i = 0; i < 3; i++) expect(await presenting(authorization)).to.equal(200)
    issuer.publish([second].flatMap((key) => key ?? []))
    pass(BOUNDS.freshMs + 1)
    let status = 200
    // Nothing else comes but that token. It has them fetched, and does not wait for that.
    for (let tries = 0; tries < 500 && status === 200; tries++) {
      status = await presenting(authorization)
      await sleep(10)
    }
    expect([status, issuer.asked()]).to.deep.equal([401, 2])
  })

  it('go on for a time while they cannot be had, others are answered 503, and all is well when they can', async () => {
    const { issuer, ask, pass } = await world([first])
    expect(await ask(first)).to.equal(200)
    await issuer.close()
    pass(BOUNDS.freshMs + 1)
    expect([await ask(first), await ask(second), await ask(first)]).to.deep.equal([200, 503, 200])
    pass(BOUNDS.keptMs - BOUNDS.freshMs)
    expect([await ask(first), await ask(second)]).to.deep.equal([503, 503])
    await issuer.open()
    // It is not asked again at once.
    expect(await ask(first)).to.equal(503)
    pass(BOUNDS.failedMs)
    expect([await ask(first), await ask(second)]).to.deep.equal([200, 401])
    const said = lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg)
    expect(said).to.deep.equal([
      "the issuer's keys cannot be had: tokens whose key is known go on",
      "the issuer's keys can be had again",
    ])
  })

  for (const [what, answer, reason] of [
    ['an answer that never comes', () => undefined, 'it does not answer in time'],
    ['an answer that never ends', (_req, res) => void res.write('{"keys":['), 'it does not answer in time'],
    ['another status', (_req, res) => void res.writeHead(500).end('{"keys":[]}'), 'it answers 500'],
    [
      'a redirection',
      (_req, res) => void res.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
      'it cannot be reached',
    ],
    ['no JSON', (_req, res) => void res.end('<html>'), 'it answers with no set of keys (RFC 7517, 5)'],
    ['another JSON', (_req, res) => void res.end('[1]'), 'it answers with no set of keys (RFC 7517, 5)'],
    ['far too much', (_req, res) => void res.end(' '.repeat(300 * 1024)), 'it answers with more than 256 KiB'],
  ] as readonly [string, Parameters<IssuerServer['answer']>[0], string][]) {
    it(`are not taken from ${what}, which is no fault of the token`, async () => {
      const { issuer, ask, pass } = await world([first])
      issuer.answer(answer)
      expect(await ask(first)).to.equal(503)
      expect(lines.join()).to.include(reason)
      issuer.answer(null)
      pass(BOUNDS.failedMs)
      expect(await ask(first)).to.equal(200)
    })
  }
})
