import { join } from 'node:path'
import { expect } from 'chai'
import type { Instant } from '../../domain/instant.ts'
import { isNotAsSealed } from '../../src/eventStore/readFailure.ts'
import { ownEvent } from '../../src/ledger/ownEvent.ts'
import { growTree } from '../../src/sealing/growTree.ts'
import { heldAgainstTree } from '../../src/sealing/heldAgainstTree.ts'
import { openTree } from '../../src/tree/openTree.ts'
import { openTreeReader } from '../../src/tree/openTreeReader.ts'
import { treeDamaged } from '../../src/tree/treeDamaged.ts'
import { gather } from '../support/gather.ts'
import { alterEvent, textsOf } from '../support/logs/alteredLog.ts'
import { writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'
import { IDENTITY } from '../support/tree/trees.ts'

const EVENTS = ['one', 'two', 'three'].map((id) =>
  ownEvent(id, { type: 'kyc-ledger.x', data: {}, recordedAt: 1_767_571_200_000_000 as Instant }),
)

describe('a log that is held against its tree', () => {
  it('is read up to an event that is not the one in the tree, of users alone, and of its own tree alone', async () => {
    const directory = newDirectory()
    await writingLog(directory, async (store) => {
      for (const stream of ['kyc-1', 'kyc-unattributed', 'kyc-2'])
        right(await store.append(stream, 'no-stream', EVENTS)())
      const tree = openTree(join(directory, 'tree'), IDENTITY)
      const read = (stream: string, identity = IDENTITY) =>
        gather(heldAgainstTree(store, openTreeReader(join(directory, 'tree'), identity)).readStream(stream))
      const altered = (stream: string): void => {
        const file = join(directory, 'events.db')
        const { metadata = '' } = textsOf(file, stream)[1] ?? {}
        alterEvent(file, stream, 1, { metadata: metadata.replace('"recordedAt":"20', '"recordedAt":"19') })
      }
      expect(await read('kyc-1')).to.have.length(3)
      await growTree(store, tree)
      tree.save()
      expect(await read('kyc-1')).to.have.length(3)
      for (const stream of ['kyc-1', 'kyc-unattributed']) altered(stream)
      const failed = await read('kyc-1').catch((error: unknown) => error)
      expect(isNotAsSealed(failed)).to.equal(true)
      for (const stream of ['kyc-2', 'kyc-unattributed']) expect(await read(stream)).to.have.length(3)
      expect(await read('kyc-1', { ...IDENTITY, losses: 1 })).to.have.length(3)
      tree.close()
    })
  })

  it('is read where the tree is damaged, which shows nothing', async () => {
    await writingLog(newDirectory(), async (store) => {
      right(await store.append('kyc-1', 'no-stream', EVENTS)())
      const fail = (): never => {
        throw treeDamaged('its files')
      }
      expect(await gather(heldAgainstTree(store, { reaches: fail, indexOf: fail }).readStream('kyc-1'))).to.have.length(
        3,
      )
    })
  })
})
