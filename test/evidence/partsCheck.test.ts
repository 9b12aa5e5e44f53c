import { expect } from 'chai'
import { WRONG } from '../../src/cli/verifiedLines.ts'
import { verify } from '../../src/cli/verify.ts'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { leafOf } from '../../src/evidence/record.ts'
import { type ErasureEvent, erasureEvent } from '../../src/ledger/erasures.ts'
import { ERASURES, isShared } from '../../src/ledger/streams.ts'
import { canonicalise, payloadHash } from '../../src/webhooks/canonicalJson.ts'
import { instant } from '../support/events/storedEvents.ts'
import { eventsOf } from '../support/logs/logs.ts'
import { newCast, openPipeline, type Pipeline } from '../support/pipeline/pipeline.ts'
import type { WebhookJson } from '../support/webhooks/documentedWebhooks.ts'
import { at, SECRET } from '../support/webhooks/webhookBuilders.ts'

const GROUND = { rule: 'ended', since: null, period: null, dueAt: null, country: null, authority: null } as const

describe('verify, of webhooks that speak of several users', () => {
  let pipeline: Pipeline
  let events: readonly RecordedEvent[]
  const { user, other } = newCast()
  before(async () => {
    pipeline = await openPipeline()
    const webhook: WebhookJson = {
      webhook: 'user.kycreview',
      webhook_id: 'parts',
      webhook_created_at: at('2025-01-01'),
      object_id: user,
      object_payload: {
        users: [
          { userId: user, kycReview: '3' },
          { userId: other, kycReview: '1' },
          { userId: [user, other], kycReview: '2' },
        ],
      },
    }
    await pipeline.deliver(webhook)
    events = await eventsOf(pipeline.store)
  })
  after(() => pipeline.close())

  const said = async (log: readonly RecordedEvent[]) => {
    const store = {
      ...pipeline.store,
      readAll: async function* () {
        yield log
      },
      readStream: async function* (stream: string) {
        yield* log.filter((event) => event.stream === stream)
      },
    }
    const { lines } = await verify(store, { file: null, keys: [], checkpoints: [], witnesses: [] }, [SECRET])
    // No service has given this log its identity.
    return { lines, wrong: lines.filter((line) => line.startsWith(WRONG) && !line.includes('kyc-log')) }
  }
  const changed = (stream: string, change: (event: RecordedEvent) => Partial<RecordedEvent>) =>
    events.map((event) => (event.stream === stream ? { ...event, ...change(event) } : event))
  const ofUser = `kyc-${user}`
  const withMetadata = ({ metadata }: RecordedEvent, change: object) => ({
    metadata: JSON.stringify({ ...JSON.parse(metadata), ...change }),
  })

  it('holds each part against its whole', async () => {
    const { wrong, lines } = await said(events)
    expect(wrong).to.deep.equal([])
    expect(lines.join('\n')).to.include('1 stand whole; 2 parts of 2 are of the whole that they name')
    expect(lines.join('\n')).to.include('payloads: 3 are the ones that were recorded')
  })

  it('finds a part that was altered, also together with its hash', async () => {
    const alter = (event: RecordedEvent) => event.data.replace('"kycReview":"3"', '"kycReview":"2"')
    const alone = await said(changed(ofUser, (event) => ({ data: alter(event) })))
    expect(alone.wrong.join()).to.include('their hashes differ')
    const both = await said(
      changed(ofUser, (event) => {
        const data = alter(event)
        const elementHash = payloadHash(canonicalise(JSON.stringify(JSON.parse(data).object_payload)))
        return { data, ...withMetadata(event, { elementHash }) }
      }),
    )
    expect(both.wrong).to.have.length(1)
    expect(both.wrong[0]).to.include(`${ofUser}, revision 0`).and.include('does not stand in the whole webhook')
  })

  it('finds a whole that is another one, by its leaf or by the hash of its payload', async () => {
    const whole = events.find(({ stream }) => isShared(stream)) ?? expect.fail()
    const salted = await said(changed(whole.stream, (event) => withMetadata(event, { salt: 'another' })))
    expect(salted.wrong).to.have.length(2)
    expect(salted.wrong[0]).to.include('another one than it was a part of')
    const hashed = await said(changed(ofUser, (event) => withMetadata(event, { payloadHash: '0'.repeat(64) })))
    expect(hashed.wrong).to.have.length(1)
    expect(hashed.wrong[0]).to.include('is not the one of its whole')
    const moved = await said(changed(whole.stream, () => ({ stream: `${whole.stream}0` })))
    expect(moved.wrong.join()).to.include('recorded for another stream').and.include('no erasure of it')
  })

  it('misses a whole that is gone, unless it was erased, and that by the very leaf', async () => {
    const whole = events.find(({ stream }) => isShared(stream)) ?? expect.fail()
    const rest = events.filter((event) => event !== whole)
    expect((await said(rest)).wrong).to.have.length(2)
    const erasing = (leaf: string): RecordedEvent => {
      const { stream } = whole
      const erased: ErasureEvent = {
        ...{ _tag: 'Erased', erasure: 0, userId: user, ground: GROUND, stream, from: 0, to: 0 },
        leaves: [[0, leaf]],
      }
      const event = erasureEvent(erased, instant('2031-01-01T00:00:00Z'))
      return { ...event, stream: ERASURES, revision: 0, position: 'z' }
    }
    const erased = await said([...rest, erasing(leafOf(whole).toString('base64'))])
    expect(erased.wrong.filter((line) => !line.includes(ERASURES))).to.deep.equal([])
    const told = erased.lines.join('\n')
    expect(told).to.include('the wholes of 2 parts were erased')
    expect(told).to.include("not checked: the provider's signatures over 2 parts")
    const other = await said([...rest, erasing(leafOf(rest[0] ?? whole).toString('base64'))])
    expect(other.wrong.filter((line) => line.includes('no erasure of it'))).to.have.length(2)
  })
})
