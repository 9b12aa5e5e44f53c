import { expect } from 'chai'
import type { UserId } from '../../domain/identifiers.ts'
import { systemClock } from '../../src/clock/clock.ts'
import { copyLog } from '../../src/copy/copyLog.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { verifyLog } from '../../src/evidence/verifyLog.ts'
import type { ErasureEvent } from '../../src/ledger/erasures.ts'
import { ERASURES, UNATTRIBUTED } from '../../src/ledger/streams.ts'
import { BOTH_STORES } from '../support/erasures/bothStores.ts'
import { GROUND, recordOfStream, sayOfErasure } from '../support/erasures/recordErased.ts'
import { newEvents } from '../support/events/newEvents.ts'
import { gather } from '../support/gather.ts'
import { recordAsFound } from '../support/logs/logs.ts'
import { left, right } from '../support/right.ts'
import { sealedByHand } from '../support/seals/standingSeals.ts'
import { document, validation, webhookJson } from '../support/webhooks/webhookBuilders.ts'

const userId = (id: string): UserId => id as UserId

/** Asks for an erasure, confirms and records it; gives its number. */
const recorded = async (store: EventStore, stream: string, of: UserId | null, to?: number): Promise<void> => {
  const erasure = (await gather(store.readStream(ERASURES))).length
  const request: ErasureEvent = { _tag: 'Requested', userId: of, reason: 'due', ground: GROUND, by: { key: 'alice' } }
  await sayOfErasure(store, request, { _tag: 'Confirmed', erasure, by: { key: 'bob' } })
  const record = await recordOfStream(store, stream, to === undefined ? {} : { to })
  await sayOfErasure(store, { ...record, erasure })
}

const found = async (store: EventStore, size?: number) => {
  const {
    wrong,
    rootAt,
    root,
    size: all,
    damaged,
  } = await verifyLog(store, {
    secrets: [],
    sizes: size === undefined ? [] : [size],
  })
  return { wrong: wrong.map(({ stream, what }) => `${stream}: ${what}`), rootAt, root, all, damaged }
}

const [SQLITE, SERVER] = [BOTH_STORES['an embedded store'], BOTH_STORES['EventStoreDB']]
if (SQLITE === undefined || SERVER === undefined) throw new Error('both stores are known')

for (const [name, inSource, inTarget] of [
  ['an embedded store into EventStoreDB', SQLITE, SERVER],
  ['EventStoreDB into an embedded store', SERVER, SQLITE],
] as const) {
  describe(`the copy of a log of which events were erased, from ${name}`, () => {
    it('has the tree of the log, and the same is erased in it; after another erasure it is made anew', async () => {
      await inSource(({ store: from }) =>
        inTarget(async ({ store: to }) => {
          const { seal } = await sealedByHand(from)
          for (let round = 0; round < 3; round += 1) {
            for (const user of ['11', '12', '13']) {
              await recordAsFound(from, userId(user), webhookJson(validation(user)))
            }
            await recordAsFound(from, null, webhookJson(document('create', '9')))
          }
          await seal()
          await recorded(from, 'kyc-11', userId('11'))
          await recorded(from, UNATTRIBUTED, null, 1)
          await recorded(from, 'kyc-77', userId('77'))
          right(await from.erase('kyc-11', 2)())
          right(await from.erase('kyc-77', 'no-stream')())
          right(await from.truncate(UNATTRIBUTED, 2)())
          await seal()
          const original = await found(from)
          expect(original.wrong).to.deep.equal([])

          const { gone } = await copyLog(from, to, systemClock)
          expect([...gone]).to.deep.equal([])
          const copy = await found(to, original.all)
          expect(copy).to.deep.include({ wrong: [], damaged: [], all: original.all + 1 })
          expect(copy.rootAt.get(original.all)?.equals(original.root)).to.equal(true)
          for (const stream of ['kyc-11', 'kyc-77']) {
            expect(left(await to.append(stream, 'no-stream', newEvents(1))())).to.have.property('_tag', 'StreamErased')
          }
          const [first] = await gather(to.readStream(UNATTRIBUTED))
          expect(first?.revision).to.equal(2)

          expect(await copyLog(from, to, systemClock)).to.include({ copied: 0 })
          await recorded(from, 'kyc-12', userId('12'))
          right(await from.erase('kyc-12', 2)())
          const refused = await copyLog(from, to, systemClock).catch(String)
          expect(refused).to.match(
            /kyc-12 @ 0 .* was erased in the source since it was copied: copy into an empty store/,
          )
        }),
      )
    })
  })
}
