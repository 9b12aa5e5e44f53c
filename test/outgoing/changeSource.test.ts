import { expect } from 'chai'
import type { UserId } from '../../domain/identifiers.ts'
import { fromMilliseconds } from '../../domain/instant.ts'
import { KYC_STATUS } from '../../projections/kycStatus.ts'
import { changeOf } from '../../src/changes/change.ts'
import { cloudEvent } from '../../src/changes/cloudEvent.ts'
import { establishIdentity, type LogIdentity } from '../../src/ledger/logIdentity.ts'
import { recordMeaning } from '../../src/ledger/meaning.ts'
import { changeSource } from '../../src/outgoing/changeSource.ts'
import type { Source, Told } from '../../src/outgoing/source.ts'
import { type Node, openNode } from '../support/changes/node.ts'
import { openPipeline, type Pipeline } from '../support/pipeline/pipeline.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporaryDirectory.ts'
import { at as createdAt } from '../support/webhooks/webhookBuilders.ts'

const now = () => fromMilliseconds(0)

describe('the feed of changes as endpoints are told of it', () => {
  let pipeline: Pipeline
  let directory: TemporaryDirectory
  let identity: LogIdentity
  let node: Node
  let hasCaughtUp = true
  before(async () => {
    pipeline = await openPipeline()
    directory = await temporaryDirectory()
    identity = await establishIdentity(pipeline.store, now)
    node = openNode(() => pipeline.store, identity, directory.path, 'node')
  })
  after(async () => {
    node.close()
    await pipeline.close()
    await directory.remove()
  })

  const says = async (user: string, review: string, at: string): Promise<void> => {
    await pipeline.deliver({
      webhook: 'user.kycreview',
      webhook_id: `${user} ${review} ${at}`,
      webhook_created_at: createdAt(at),
      object_id: user,
      object_payload: { users: [{ userId: user, kycReview: review }] },
    })
    await node.advance(1000, 1)
  }
  const source = (of = identity): Source =>
    changeSource(
      of,
      {
        reader: () => node.reader(),
        hasCaughtUp: () => hasCaughtUp,
        moved: async () => undefined,
      },
      (told, id) => cloudEvent({ ...changeOf(told), id }, of.logId),
    )
  const read = (after: string | null): readonly Told[] => {
    const reading = source().read(after, 10)
    return reading._tag === 'Read' ? reading.changes : []
  }

  it('gives one change one id, in the list and by itself, after each start; each change another one', async () => {
    await recordMeaning(pipeline.store, KYC_STATUS.version, now)
    await says('1', '1', '2025-01-01T00:00:00Z')
    await says('2', '1', '2025-01-01T00:00:00Z')
    const before = read(null)
    expect(before.map(({ userId }) => userId)).to.deep.equal(['1', '2'])
    const line = source().newest('1' as UserId)
    expect(line?.id).to.equal(before[0]?.id)
    expect(line?.id).to.match(/^change_[0-9a-f]{32}$/)
    expect(JSON.parse(line?.line ?? '')).to.deep.include({
      id: line?.id,
      subject: '1',
      source: `/kyc-ledger/${identity.logId}`,
    })
    node.reopen()
    expect(read(null).map(({ id }) => id)).to.deep.equal(before.map(({ id }) => id))
    expect(read(null).map(({ place }) => place)).to.not.deep.equal(before.map(({ place }) => place))
    node.lose()
    await node.advance(1000, 1)
    const rebuilt = read(null)
    expect(rebuilt.map(({ userId }) => userId)).to.deep.equal(['1', '2'])
    for (const { id } of rebuilt) expect(before.map((one) => one.id)).to.not.include(id)
    const end = source().end()
    await says('1', '2', '2025-01-02T00:00:00Z')
    expect(read(end).map(({ userId }) => userId)).to.deep.equal(['1'])
    const after = source().newest('1' as UserId)
    expect(JSON.parse(after?.line ?? '').data).to.deep.include({ status: 'validated', verified: true })
    expect(before.map(({ id }) => id)).to.not.include(after?.id)
    expect(source().newest('99' as UserId)).to.equal(null)
  })

  it('tells nothing while the read model is behind or another version tells, and knows a place of another log', async () => {
    expect(source().read('0000', 10)).to.deep.equal({ _tag: 'Foreign' })
    const [first] = read(null)
    const elsewhere = first?.place.replace(identity.logId.slice(0, 8), '00000000') ?? ''
    expect(source().read(elsewhere, 10)).to.deep.equal({ _tag: 'Foreign' })
    hasCaughtUp = false
    expect(source().read(null, 10)).to.deep.equal({ _tag: 'NotNow' })
    expect(source().newest('1' as UserId)).to.equal(null)
    hasCaughtUp = true
    await recordMeaning(pipeline.store, KYC_STATUS.version + 1, now)
    await node.advance(1000, 1)
    expect(source().read(null, 10)).to.deep.equal({ _tag: 'NotNow' })
    expect(source().newest('1' as UserId)).to.equal(null)
  })
})
