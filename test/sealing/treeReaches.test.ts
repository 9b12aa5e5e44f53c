import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import pino from 'pino'
import { systemClock } from '../../src/clock/clock.ts'
import { leafOf } from '../../src/evidence/record.ts'
import { establishIdentity } from '../../src/ledger/logIdentity.ts'
import { startSealing } from '../../src/sealing/sealing.ts'
import { newEvents } from '../support/events/newEvents.ts'
import { gather } from '../support/gather.ts'
import { writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'
import { right } from '../support/right.ts'

describe('whoever needs the index of an event that was just appended', () => {
  it('waits for no checkpoint: the tree is saved for him', async () => {
    const dataDir = newDirectory()
    await writingLog(dataDir, async (store) => {
      const identity = await establishIdentity(store, systemClock)
      const config = {
        eventStore: { kind: 'sqlite' as const, file: join(dataDir, 'events.db') },
        dataDir,
        retention: null,
        sealing: {
          everySeconds: 3600,
          keyFile: join(dataDir, 'seal-key.pem'),
          makesKey: true,
          witnesses: [],
          timeStampUrl: null,
        },
      }
      const sealing = startSealing(config, identity, {
        store,
        clock: { now: systemClock, fault: () => null },
        log: pino({ level: 'silent' }),
        isAnew: false,
        untrusted: () => undefined,
      })
      try {
        await untilTrue('a checkpoint', () => sealing.latest() !== null)
        const { position } = right(await store.append('kyc-1', 'no-stream', newEvents(3))())
        await untilTrue('all of the log is in the tree', () => sealing.size() === 4)
        await delay(300)
        expect(sealing.tree.reaches(position)).to.equal(false)
        expect(await sealing.treeReaches(position)).to.equal(true)
        const [event] = await gather(store.readStream('kyc-1', { from: 2 }))
        expect(sealing.tree.indexOf(position, leafOf(event ?? expect.fail()))).to.equal(3)
        expect(await sealing.treeReaches('9999999999999999', 100)).to.equal(false)
        const more = right(await store.append('kyc-1', 2, newEvents(1))())
        expect(await sealing.treeReaches(more.position)).to.equal(true)
      } finally {
        await sealing.stop()
      }
      expect(await sealing.treeReaches('9999999999999999')).to.equal(false)
    })
  })
})
