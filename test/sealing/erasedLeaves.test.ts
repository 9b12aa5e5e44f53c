import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import type { RecordedEvent, StreamName } from '../../src/eventStore/recordedEvent.ts'
import { isLeaf } from '../../src/evidence/leaves.ts'
import { leafOf } from '../../src/evidence/record.ts'
import { readErased } from '../../src/ledger/erased.ts'
import { SEALS, UNATTRIBUTED } from '../../src/ledger/streams.ts'
import { countLeaves, growTree, positionOfLeaf } from '../../src/sealing/growTree.ts'
import { isTreeOfLog } from '../../src/sealing/isTreeOfLog.ts'
import { GrowingTree } from '../../src/tlog/growingTree.ts'
import type { Hash } from '../../src/tlog/hash.ts'
import { openTree } from '../../src/tree/openTree.ts'
import { openTreeReader } from '../../src/tree/openTreeReader.ts'
import type { TreeWriter } from '../../src/tree/treeWriter.ts'
import { BOTH_STORES } from '../support/erasures/bothStores.ts'
import { recordErased, recordOfStream, sayOfErasure } from '../support/erasures/recordErased.ts'
import { newEvents } from '../support/events/newEvents.ts'
import { gather } from '../support/gather.ts'
import { tampering } from '../support/logs/alteredLog.ts'
import { eventsOf, writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'
import { IDENTITY } from '../support/tree/trees.ts'

const STREAMS: readonly StreamName[] = ['kyc-1', 'kyc-2', 'kyc-3', UNATTRIBUTED, SEALS]
const ERASABLE = STREAMS.slice(0, 3)

type Step =
  | { readonly do: 'append'; readonly stream: StreamName; readonly count: number }
  | { readonly do: 'record' | 'remove'; readonly stream: StreamName }
  | { readonly do: 'grow' | 'reopen' }

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('append' as const),
        stream: fc.constantFrom(...STREAMS),
        count: fc.oneof(fc.constantFrom(1, 2, 3), fc.integer({ min: 1, max: 300 })),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom('record' as const, 'remove' as const),
        stream: fc.constantFrom(...ERASABLE),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('grow' as const, 'reopen' as const) }) },
  ),
  { minLength: 6, maxLength: 24 },
)

/** The tree was kept up to an event that is erased before it is read on from there. */
const LAST_LEAF_ERASED: readonly Step[] = [
  { do: 'append', stream: UNATTRIBUTED, count: 2 },
  { do: 'append', stream: 'kyc-1', count: 300 },
  { do: 'grow' },
  { do: 'record', stream: 'kyc-1' },
  { do: 'remove', stream: 'kyc-1' },
  { do: 'reopen' },
  { do: 'grow' },
]

/** Out of the file, as if nobody had been told. */
const takeOut = (directory: string, stream: StreamName): void =>
  tampering(join(directory, 'events.db'), (db) => {
    db.prepare('DELETE FROM events WHERE stream = ?').run(stream)
  })

const remove = async (store: EventStore, all: readonly RecordedEvent[], stream: StreamName): Promise<void> => {
  const last = all.findLast((event) => event.stream === stream)?.revision
  right(await store.erase(stream, last ?? 'no-stream')())
}

const append = async (store: EventStore, stream: StreamName, count: number): Promise<void> => {
  const [last] = await gather(store.readStream(stream, { direction: 'backwards', limit: 1 }))
  right(await store.append(stream, last?.revision ?? 'no-stream', newEvents(count))())
}

/** The roots over the first leaves, of each size, of a log of which nothing was removed yet. */
const rootsOf = (events: readonly RecordedEvent[]): readonly Hash[] => {
  const made = new GrowingTree()
  return [
    made.root(),
    ...events.map((event) => {
      made.add(leafOf(event))
      return made.root()
    }),
  ]
}

/** All that is asked of a tree, against the log as it was before anything was removed. */
const expectTreeOf = (tree: TreeWriter, all: readonly RecordedEvent[], living: readonly RecordedEvent[]): void => {
  expect(tree.size()).to.equal(all.length)
  rootsOf(all).forEach((root, size) => {
    expect(tree.rootAt(size).equals(root), `the root of ${size}`).to.equal(true)
  })
  for (const event of living) {
    const index = all.findIndex(({ eventId }) => eventId === event.eventId)
    expect(tree.indexOf(event.position, leafOf(event)), `${event.stream} ${event.revision}`).to.equal(index)
  }
}

/** Plays a history: gives all events that were leaves, those that are gone included. */
const play = async (directory: string, store: EventStore, history: readonly Step[]) => {
  const all: RecordedEvent[] = []
  const recorded = new Set<StreamName>()
  const gone = new Set<StreamName>()
  const path = join(directory, 'tree')
  let tree = openTree(path, IDENTITY)
  const kept = (): TreeWriter => ({
    ...tree,
    clear: () => expect.fail('the tree was thrown away'),
  })
  const note = async (): Promise<void> => {
    const after = all.at(-1)?.position ?? null
    all.push(...(await gather(store.readAll(after))).flat().filter(isLeaf))
  }
  for (const step of history) {
    if (step.do === 'append' && !recorded.has(step.stream)) await append(store, step.stream, step.count)
    if (step.do === 'record' && !recorded.has(step.stream)) {
      recorded.add(step.stream)
      const record = await recordOfStream(store, step.stream)
      // By its index among all: others may be gone already.
      const leaves = all.flatMap((event, index) =>
        event.stream === step.stream ? [[index, leafOf(event).toString('base64')] as const] : [],
      )
      await sayOfErasure(store, { ...record, leaves })
    }
    await note()
    if (step.do === 'remove' && recorded.has(step.stream)) {
      await remove(store, all, step.stream)
      gone.add(step.stream)
    }
    if (step.do === 'grow') {
      await growTree(store, kept())
      tree.save()
    }
    if (step.do === 'reopen') {
      tree.close()
      tree = openTree(path, IDENTITY)
      if (all.length > 0) expect(tree.found).to.be.oneOf(['saved', 'none'])
    }
  }
  await append(store, UNATTRIBUTED, 1)
  await note()
  const size = tree.size()
  expect(await isTreeOfLog(store, tree, size, new AbortController().signal)).to.equal(true)
  await growTree(store, kept())
  tree.save()
  return { tree, all, gone, recorded }
}

describe('the tree of a log of which events are erased', () => {
  for (const [name, inStore] of Object.entries(BOTH_STORES)) {
    it(`is the one that it was, at every size, kept or made anew, before a removal and after it, in ${name}`, async () => {
      const runs = Number(process.env['ERASED_TREE_RUNS'] ?? (name === 'EventStoreDB' ? 3 : 8))
      const property = fc.asyncProperty(steps, async (history) => {
        await inStore(async ({ store, directory, scavenge }) => {
          const { tree, all, gone, recorded } = await play(directory, store, history)
          const living = all.filter(({ stream }) => !gone.has(stream) && !recorded.has(stream))
          expectTreeOf(tree, all, living)
          expect(await countLeaves(store)).to.equal(all.length)
          for (const stream of recorded) await remove(store, all, stream)
          scavenge()
          const anew = openTree(join(directory, 'anew'), IDENTITY)
          await growTree(store, anew)
          anew.save()
          expectTreeOf(anew, all, living)
          const reader = openTreeReader(join(directory, 'anew'), IDENTITY)
          for (const event of living) expect(reader.indexOf(event.position, leafOf(event))).to.not.equal(null)
          expect(await isTreeOfLog(store, anew, all.length, new AbortController().signal)).to.equal(true)
          const last = all.findLast((event, index) => index <= all.length >> 1 && living.includes(event))
          expect(await positionOfLeaf(store, all.length >> 1)).to.equal(last?.position ?? null)
          tree.close()
          anew.close()
        })
      })
      await fc.assert(property, { numRuns: runs, examples: [[LAST_LEAF_ERASED]] })
    })
  }

  it('is the one that it was where events go while the log is read, be it from the page that comes next', async () => {
    const directory = newDirectory()
    await writingLog(directory, async (store) => {
      for (const [stream, count] of [
        ['kyc-1', 520],
        ['kyc-2', 300],
        ['kyc-3', 130],
      ] as const) {
        await append(store, stream, count)
      }
      const all = await eventsOf(store)
      const erasing: EventStore = {
        ...store,
        async *readAll(...asked) {
          for await (const events of store.readAll(...asked)) {
            yield events
            const erased = await readErased(store)
            if (erased.hasStream('kyc-2')) continue
            await recordErased(store, 'kyc-2', 'kyc-1')
            takeOut(directory, 'kyc-2')
            takeOut(directory, 'kyc-1')
          }
        },
      }
      const tree = openTree(join(directory, 'tree'), IDENTITY)
      await growTree(erasing, tree)
      const records = await gather(store.readStream('kyc-erasures'))
      expectTreeOf(tree, [...all, ...records], all.slice(820))
      tree.close()
    })
  })

  it('is another one where a record is forged, or where an event is gone without any', async () => {
    const directory = newDirectory()
    await writingLog(directory, async (store) => {
      for (const stream of ['kyc-1', 'kyc-2', 'kyc-1']) await append(store, stream, 2)
      const all = await eventsOf(store)
      const record = await recordOfStream(store, 'kyc-1')
      const tree = openTree(join(directory, 'tree'), IDENTITY)
      await growTree(store, tree)
      const forged = record.leaves.map(([index]) => [index, Buffer.alloc(32, index).toString('base64')] as const)
      await sayOfErasure(store, { ...record, leaves: forged })
      takeOut(directory, 'kyc-1')
      const signal = new AbortController().signal
      expect(await isTreeOfLog(store, tree, all.length, signal)).to.equal(false)
      await growTree(store, tree)
      const made = openTree(join(directory, 'made'), IDENTITY)
      await growTree(store, made)
      expect(made.rootAt(all.length).equals(rootsOf(all)[all.length] ?? expect.fail())).to.equal(false)
      expect(tree.rootAt(tree.size()).equals(made.rootAt(tree.size()))).to.equal(true)
      made.close()
      tree.close()
    })
    await writingLog(newDirectory(), async (store) => {
      for (const stream of ['kyc-1', 'kyc-2', 'kyc-3']) await append(store, stream, 2)
      const all = await eventsOf(store)
      await recordErased(store, 'kyc-1')
      const shown = all.filter(({ stream, revision }) => stream !== 'kyc-1' && !(stream === 'kyc-2' && revision === 1))
      const readAll: EventStore['readAll'] = async function* (after) {
        yield shown.filter(({ position }) => position > (after ?? ''))
      }
      const without = { ...store, readAll }
      const tree = openTree(join(newDirectory(), 'tree'), IDENTITY)
      await growTree(without, tree)
      expect(tree.size()).to.equal(all.length - 1)
      expect(tree.rootAt(3).equals(rootsOf(all)[3] ?? expect.fail())).to.equal(true)
      expect(tree.rootAt(4).equals(rootsOf(all)[4] ?? expect.fail())).to.equal(false)
      tree.close()
    })
  })
})
