import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { systemClock } from '../../src/clock/clock.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { leafOf } from '../../src/evidence/record.ts'
import { verifyLog } from '../../src/evidence/verifyLog.ts'
import { ownEvent } from '../../src/ledger/ownEvent.ts'
import { GrowingTree } from '../../src/tlog/growingTree.ts'
import { eventsOf, writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'
import { newSealKey, newWitness } from '../support/seals/sealing.ts'
import { appendSeal, headOf, sealedByHand } from '../support/seals/standingSeals.ts'

type ByHand = Awaited<ReturnType<typeof sealedByHand>>
type Options = Omit<Parameters<typeof verifyLog>[1], 'secrets'>

/** What is found in a log that was made by hand. */
const foundIn = (make: (log: ByHand, store: EventStore) => Promise<Options>) =>
  writingLog(newDirectory(), async (store) => {
    const log = await sealedByHand(store)
    const options = await make(log, store)
    const { wrong, wrongCount, seals, size } = await verifyLog(store, { secrets: [], ...options })
    expect(wrong).to.have.length(wrongCount)
    return { wrong: wrong.map(({ stream, place, what }) => `${stream} ${place?.revision}: ${what}`), seals, size }
  })

const ANOTHER_ROOT = { root: Buffer.alloc(32, 7) }

describe('the seals in a log', () => {
  it('agree with its tree, at each size, whoever looks', async () => {
    for (const isGiven of [true, false]) {
      const { wrong, seals } = await foundIn(async ({ grow, seal, keys }) => {
        for (let round = 0; round < 5; round += 1) {
          await seal()
          await grow(round + 1)
        }
        return isGiven ? { keys } : {}
      })
      expect(wrong).to.deep.equal([])
      expect(seals).to.deep.include({ checkpoints: 5, agreedSize: 11 })
    }
  })

  it('name the first that does not agree, and up to where the one before it does', async () => {
    const { wrong, seals } = await foundIn(async ({ grow, seal, keys }) => {
      await grow(2)
      await seal()
      await grow(2)
      await seal(ANOTHER_ROOT)
      await grow(1)
      await seal(ANOTHER_ROOT)
      await grow(1)
      await seal()
      return { keys }
    })
    expect(wrong).to.have.length(1)
    expect(wrong[0]).to.match(
      /^kyc-seals 1: the first 5 events are not those that it was made over; the first 3 are, up to kyc-access, revision 1 \(position 0*3\)$/,
    )
    expect(seals.agreedSize).to.equal(7)
  })

  it('name the first of all where none agrees', async () => {
    const { wrong } = await foundIn(async ({ seal, keys }) => {
      await seal(ANOTHER_ROOT)
      return { keys }
    })
    expect(wrong).to.deep.equal([
      'kyc-seals 0: the first 1 events are not those that it was made over; none before it agrees',
    ])
  })

  it('tell an end that is lost', async () => {
    const { wrong } = await foundIn(async ({ grow, seal, keys }) => {
      await seal()
      await grow(1)
      await seal({ size: 5 })
      // What follows does not make up for it.
      await grow(1)
      return { keys }
    })
    expect(wrong).to.deep.equal(['kyc-seals 1: it seals 5 events, and the log has only 3: at least 2 are lost'])
  })

  it('are not in the order of their sizes where one was put in', async () => {
    const { wrong } = await foundIn(async ({ grow, seal, keys }) => {
      const first = await seal()
      await grow(3)
      const second = await seal()
      await seal(first)
      await grow(1)
      await seal(second)
      await seal()
      return { keys }
    })
    expect(wrong).to.deep.equal(['kyc-seals 2: it seals 1 events, and the checkpoint before it 4'])
  })

  it('are signed by each of the keys that somebody holds, under each name that the log has had', async () => {
    const { wrong } = await foundIn(async ({ origin, signers, grow, seal, keys }) => {
      const [first] = signers
      await seal({ origin: `${origin}/1` }, newSealKey(`${origin}/1`).signers)
      await grow(1)
      await seal({}, first === undefined ? [] : [first])
      await grow(1)
      await seal({ origin: 'another' }, newSealKey('another').signers)
      await grow(1)
      await seal({}, newSealKey(origin).signers)
      await grow(1)
      await seal()
      return { keys }
    })
    expect(
      wrong.map((line) => line.replaceAll(/[0-9a-f-]{36}/g, '<id>').replaceAll(/\(\w{8}\)/g, '(key)')),
    ).to.deep.equal([
      'kyc-seals 0: its checkpoint cannot be relied on: none of its signatures is by a key that is trusted',
      'kyc-seals 1: its checkpoint cannot be relied on: <id> (key) has not signed it',
      'kyc-seals 2: its checkpoint cannot be relied on: it is of the log another, and the keys that are given are not',
      'kyc-seals 3: its checkpoint cannot be relied on: none of its signatures is by a key that is trusted',
    ])
  })

  it('hold under another name as well once the end of the log was lost, by the same key', async () => {
    const { wrong, seals } = await foundIn(async ({ origin, signersUnder, grow, seal }) => {
      await seal()
      await grow(1)
      await seal({ origin: `${origin}/1` }, signersUnder(`${origin}/1`))
      return { keys: signersUnder(`${origin}/1`).map(({ verifier }) => verifier) }
    })
    expect([wrong, seals.checkpoints, seals.agreedSize]).to.deep.equal([[], 2, 2])
  })

  it('without a key are held against the tree all the same, and another log is told', async () => {
    const { wrong } = await foundIn(async ({ grow, seal }) => {
      await seal({}, newSealKey('whoever').signers)
      await grow(1)
      await seal({ origin: 'another' })
      await seal(ANOTHER_ROOT)
      return {}
    })
    expect(wrong).to.deep.equal([
      'kyc-seals 1: it is a checkpoint of another log, another',
      'kyc-seals 2: the first 2 events are not those that it was made over; the first 1 are, up to kyc-log, revision 0 (position 0000000000000001)',
    ])
  })

  it('bear cosignatures of those whose key is given, over the checkpoint of their size', async () => {
    const [seen, unknown] = [newWitness('seen'), newWitness('unknown')]
    const { wrong, seals } = await foundIn(async ({ grow, seal, cosign, keys }, store) => {
      const head = await seal()
      await cosign(head, seen)
      await cosign(head, unknown)
      await grow(1)
      const later = await seal()
      // A witness that has seen another history.
      await cosign({ ...later, ...ANOTHER_ROOT }, seen)
      await cosign({ ...later, size: 9 }, seen)
      await appendSeal(store, {
        _tag: 'Cosigned',
        size: later.size,
        cosignatures: 'nothing',
        timeStamp: Buffer.from('x'),
      })
      return { keys, witnesses: [seen.verifier] }
    })
    expect(wrong).to.deep.equal([
      'kyc-seals 4: the cosignature of seen over the checkpoint of 2 events is not good',
      'kyc-seals 5: no checkpoint over 9 events stands before it',
      'kyc-seals 6: cosignatures: its signatures do not end in a newline',
    ])
    expect([...seals.cosigned]).to.deep.equal([['seen', 1]])
    expect(seals.timeStamps).to.equal(1)
  })

  it('stand behind the events that they seal', async () => {
    const { wrong } = await foundIn(async ({ origin, grow, seal, keys }, store) => {
      await grow(1)
      const before = await headOf(store, origin)
      const leaf = ownEvent(randomUUID(), { type: 'kyc-ledger.access', data: {}, recordedAt: systemClock() })
      const tree = new GrowingTree()
      for (const event of await eventsOf(store)) tree.add(leafOf(event))
      tree.add(leafOf({ ...leaf, stream: 'kyc-access', revision: 1, position: '' }))
      await seal({ size: before.size + 1, root: tree.root() })
      right(await store.append('kyc-access', 0, [leaf])())
      return { keys }
    })
    expect(wrong).to.deep.equal(['kyc-seals 0: it stands before the last of the 3 events that it seals'])
  })

  it('that were made while the log was looked through stand behind it', async () => {
    await writingLog(newDirectory(), async (store) => {
      const { grow, seal, keys } = await sealedByHand(store)
      await grow(3)
      await seal()
      const events = await eventsOf(store)
      await grow(2)
      await seal()
      const growing: EventStore = {
        ...store,
        readAll: async function* () {
          yield events
        },
      }
      const { wrong, size } = await verifyLog(growing, { secrets: [], keys })
      expect([wrong, size]).to.deep.equal([[], 4])
    })
  })
})
