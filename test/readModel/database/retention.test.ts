import { join } from 'node:path'
import { expect } from 'chai'
import type { UserId } from '../../../domain/identifiers.ts'
import type { Instant } from '../../../domain/instant.ts'
import { readPolicy } from '../../../domain/retention/policy.ts'
import type { RetentionFacts } from '../../../domain/retention/retentionFacts.ts'
import { openReadModelReader, type ReadModelReader } from '../../../src/readModel/database/reader.ts'
import { openReadModelWriter, type ReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { instant } from '../../support/events/storedEvents.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { right } from '../../support/right.ts'

const [ONE, TWO, THREE] = ['1', '2', '3'] as readonly string[] as readonly [UserId, UserId, UserId]
const policyOf = (members: object) => right(readPolicy({ version: 1, ...members }))
const NOW = instant('2026-03-01T00:00:00Z')
const EVER = instant('2999-01-01T00:00:00Z')

const ended = (since: string, anomalies: RetentionFacts['anomalies'] = []): RetentionFacts => ({
  basis: { rule: 'ended', since: instant(since) },
  countries: [],
  anomalies,
})

describe('what the read model keeps of retention', () => {
  let model: ReadModelWriter
  let reader: ReadModelReader
  let revision = 0
  const write = (work: () => void): void => {
    model.begin()
    work()
    model.commit(String(++revision), null)
  }
  const put = (userId: UserId, retention: RetentionFacts | null): void =>
    model.put({
      userId,
      revision,
      status: 'closed',
      since: null,
      nextReviewDate: null,
      anomalies: [],
      drift: {},
      retention,
      body: '{}',
    })
  const due = (at: Instant = EVER): readonly UserId[] => reader.usersDue(at, 10)

  beforeEach(() => {
    const file = join(newDirectory(), 'read-model.db')
    model = openReadModelWriter(file)
    reader = openReadModelReader(file)
    model.goBy(policyOf({}))
    write(() => {
      put(ONE, ended('2020-01-01T00:00:00Z'))
      put(TWO, ended('2022-01-01T00:00:00Z'))
      put(THREE, null)
    })
  })
  afterEach(() => {
    reader.close()
    model.close()
  })

  it('is who is due and since when, until what is known of him says otherwise', () => {
    expect(due()).to.deep.equal([ONE, TWO])
    expect(due(NOW)).to.deep.equal([ONE])
    write(() => put(ONE, ended('2020-01-01T00:00:00Z', [{ kind: 'frozen', detail: '' }])))
    expect(due()).to.deep.equal([TWO])
    write(() => put(TWO, null))
    expect(due()).to.deep.equal([])
    write(() => put(THREE, ended('2001-01-01T00:00:00Z')))
    expect(due(NOW)).to.deep.equal([THREE])
    expect(reader.retentionOf(ONE)?.facts.anomalies[0]?.kind).to.equal('frozen')
  })

  it('is worked out anew where the policy is another one, and by none at all nobody is due', () => {
    model.goBy(policyOf({ default: 'P1Y' }))
    expect(due(NOW)).to.deep.equal([ONE, TWO])
    model.goBy(null)
    expect(due()).to.deep.equal([])
    model.goBy(policyOf({ default: 'P5Y' }))
    expect(due(NOW)).to.deep.equal([ONE])
  })

  it('is the holds that stand: one that was lifted stays lifted, though it is told once more', () => {
    const placed = { said: { _tag: 'Placed', userId: ONE, by: 'legal', reason: 'a case' }, recordedAt: NOW } as const
    const lifted = { said: { _tag: 'Lifted', hold: 0, by: 'judge', reason: 'over' }, recordedAt: NOW } as const
    write(() => model.putHold(0, placed))
    expect(reader.retentionFigures(EVER, NOW)).to.deep.include({ due: 1, overdue: 0, onHold: 1 })
    expect(due()).to.deep.equal([TWO])
    expect(reader.retentionOf(ONE)?.holds).to.deep.equal([
      { hold: 0, placed: { by: 'legal', at: NOW, reason: 'a case' } },
    ])
    write(() => model.putHold(1, lifted))
    write(() => model.putHold(0, placed))
    expect(due()).to.deep.equal([ONE, TWO])
    expect(reader.retentionOf(ONE)?.holds).to.deep.equal([])
  })

  it('holds everybody once there is a hold that cannot be read, which nothing lifts', () => {
    write(() => model.putHold(0, null))
    write(() => model.putHold(1, { said: { _tag: 'Lifted', hold: 0, by: 'judge', reason: 'over' }, recordedAt: NOW }))
    expect(due()).to.deep.equal([])
    expect(reader.retentionFigures(EVER, EVER)).to.deep.include({ due: 0, overdue: 0 })
    expect(reader.retentionOf(TWO)?.holds).to.deep.equal([{ hold: 0, placed: null }])
    expect(reader.retentionOf('99' as UserId)).to.equal(null)
  })

  it('goes with a user who is erased, and counts him', () => {
    const placed = { said: { _tag: 'Placed', userId: ONE, by: 'legal', reason: 'a case' }, recordedAt: NOW } as const
    write(() => model.putHold(0, placed))
    expect(reader.keptUsers().map(({ userId }) => userId)).to.deep.equal([ONE, TWO])
    write(() => {
      model.eraseUser({ userId: ONE, erasedAt: '2026-03-01T00:00:00.000Z', erasure: 0, revision: 2 })
    })
    expect(due()).to.deep.equal([TWO])
    expect(reader.keptUsers().map(({ userId }) => userId)).to.deep.equal([TWO])
    expect(reader.retentionFigures(EVER, EVER)).to.deep.equal({ due: 1, overdue: 1, onHold: 0, erased: 1 })
  })
})
