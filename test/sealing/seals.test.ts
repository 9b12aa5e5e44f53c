import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Instant } from '../../domain/instant.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { makeSealKey, readSealKey } from '../../src/evidence/sealKey.ts'
import { Erased } from '../../src/ledger/erased.ts'
import { ownEvent } from '../../src/ledger/ownEvent.ts'
import { type Seal, sealEvent } from '../../src/ledger/seals.ts'
import { KYC_LOG, SEALS } from '../../src/ledger/streams.ts'
import { growTree } from '../../src/sealing/growTree.ts'
import { keepCheckpoint, keepUntrusted, keptCheckpoint, keptUntrusted } from '../../src/sealing/kept.ts'
import { openSeals, type SealingRun } from '../../src/sealing/seals.ts'
import { signTree } from '../../src/sealing/signTree.ts'
import type { SealingSaid } from '../../src/sealing/words.ts'
import { EMPTY_ROOT } from '../../src/tlog/hash.ts'
import { formatSignature, parseNote } from '../../src/tlog/note.ts'
import { openTree } from '../../src/tree/openTree.ts'
import { writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'
import { newSealKey, newWitness, signedCheckpoint } from '../support/seals/sealing.ts'
import { IDENTITY } from '../support/tree/trees.ts'

const NOW = 1_767_571_200_000_000 as Instant
const ORIGIN = IDENTITY.logId

/** A log with one leaf, a node that is to seal it, and another that does as well. */
const twoNodes = async (
  use: (nodes: {
    readonly store: EventStore
    readonly run: SealingRun
    readonly said: readonly SealingSaid[]
    readonly brought: readonly string[]
    /** One event more. */
    readonly grow: () => Promise<void>
    /** The other node seals all of it. */
    readonly sealElsewhere: () => Promise<void>
    readonly appendSeal: (seal: Seal) => Promise<number>
  }) => Promise<void>,
  append: (behind: number, appendSeal: () => Promise<number>) => ReturnType<SealingRun['append']> = async (
    _,
    appendSeal,
  ) => ({ _tag: 'Appended', revision: await appendSeal() }),
): Promise<void> => {
  const directory = newDirectory()
  const keyFile = join(directory, 'seal-key.pem')
  makeSealKey(keyFile)
  const signers = readSealKey(keyFile, ORIGIN)
  const [tree, other] = ['one', 'two'].map((name) => openTree(join(directory, name), IDENTITY))
  if (tree === undefined || other === undefined) throw new Error('no trees')
  await writingLog(directory, async (store) => {
    const ends = new Map<string, number>()
    const write = async (stream: string, event: ReturnType<typeof ownEvent>): Promise<number> => {
      const { revision } = right(await store.append(stream, ends.get(stream) ?? 'no-stream', [event])())
      ends.set(stream, revision)
      return revision
    }
    let made = 0
    const grow = async (): Promise<void> => {
      made += 1
      const event = ownEvent(`event ${made}`, { type: 'kyc-ledger.x', data: {}, recordedAt: NOW })
      await write(KYC_LOG, event)
    }
    const appendSeal = (seal: Seal): Promise<number> => write(SEALS, sealEvent(seal, NOW))
    const sealElsewhere = async (): Promise<void> => {
      await growTree(store, other)
      await appendSeal({ _tag: 'Checkpoint', note: signTree(other, ORIGIN, signers, 1, new Erased()).signed })
    }
    const said: SealingSaid[] = []
    const brought: string[] = []
    await grow()
    await growTree(store, tree)
    const run: SealingRun = {
      store,
      dataDir: directory,
      tree,
      origin: ORIGIN,
      signers,
      everyMs: 1000,
      isAnew: false,
      append: (seal, behind) => append(behind, () => appendSeal(seal)),
      say: (word) => said.push(word),
      follows: () => undefined,
      grew: () => undefined,
      counted: () => undefined,
      sealed: ({ signed }) => brought.push(signed),
    }
    await use({ store, run, said, brought, grow, sealElsewhere, appendSeal })
  })
  tree.close()
  other.close()
}

const seal = async (store: EventStore, revision: number) => {
  const [event] = await Array.fromAsync(store.readStream(SEALS, { from: revision, limit: 1 }))
  if (event === undefined) throw new Error(`no seal ${revision}`)
  return event
}

const states = (said: readonly SealingSaid[]): readonly string[] =>
  said.flatMap((word) => (word._tag === 'State' ? [word.state] : []))

describe('the seals of a log', () => {
  it('are no contradiction where another node has sealed what the tree has not come to yet', () =>
    twoNodes(async ({ run, said, grow, sealElsewhere }) => {
      await grow()
      await sealElsewhere()
      await openSeals(run, new Erased())
      expect(states(said)).to.deep.equal(['sealing'])
      expect(run.tree.size()).to.equal(2)
    }))

  it('are taken note of as the log brings them, whenever it is known here that one was appended', async () => {
    const behinds: number[] = []
    const late = Promise.withResolvers<void>()
    await twoNodes(
      async ({ store, run, brought, grow, sealElsewhere }) => {
        const seals = await openSeals(run, new Erased())
        const sealing = seals.sealWhereDue(true)
        while (behinds.length === 0) await new Promise(setImmediate)
        await seals.hear(await seal(store, 0))
        await grow()
        await sealElsewhere()
        await growTree(store, run.tree)
        await seals.hear(await seal(store, 1))
        late.resolve()
        await sealing
        await grow()
        await growTree(store, run.tree)
        await seals.sealWhereDue(true)
        expect(behinds).to.deep.equal([-1, 1])
        expect(brought).to.have.length(2)
      },
      async (behind, appendSeal) => {
        const revision = await appendSeal()
        behinds.push(behind)
        if (behind === -1) await late.promise
        return { _tag: 'Appended', revision }
      },
    )
  })

  it('are brought to witnesses where it is not known here that they were appended', () =>
    twoNodes(
      async ({ store, run, said, brought }) => {
        const seals = await openSeals(run, new Erased())
        await seals.sealWhereDue(true)
        await seals.sealWhereDue(true)
        expect(said.filter(({ _tag }) => _tag === 'Warning')).to.have.length(1)
        expect(brought).to.deep.equal([])
        await seals.hear(await seal(store, 0))
        expect(brought).to.have.length(1)
      },
      async (_, appendSeal) => {
        await appendSeal()
        return { _tag: 'Failed', reason: 'no answer' }
      },
    ))

  it('of another node are shown out of the own tree', () =>
    twoNodes(async ({ store, run, grow, sealElsewhere }) => {
      const seals = await openSeals(run, new Erased())
      await grow()
      await sealElsewhere()
      await growTree(store, run.tree)
      await seals.hear(await seal(store, 0))
      expect(openTree(join(run.dataDir, 'one'), IDENTITY).size()).to.equal(2)
    }))
})

describe('the tree of a log', () => {
  it('is not thrown away because a server does not show its last event yet', () =>
    twoNodes(async ({ store, run, grow }) => {
      let cleared = 0
      let asked = 0
      const idAt: EventStore['idAt'] = async (position) => (asked++ === 0 ? null : store.idAt(position))
      const tree = { ...run.tree, clear: () => void cleared++ }
      await grow()
      await growTree({ ...store, embedded: false, idAt }, tree)
      expect([asked, cleared, tree.size()]).to.deep.equal([2, 0, 2])
      await growTree({ ...store, embedded: false, idAt: async () => 'of another event' }, tree)
      expect(cleared).to.equal(1)
    }))
})

describe('a witness that has seen another log', () => {
  it('is not outvoted by one that has seen no more than the beginning', () =>
    twoNodes(async ({ run, said }) => {
      const seals = await openSeals(run, new Erased())
      const other = { size: 1, what: 'it has cosigned another log' }
      await seals.otherLog('one', other)
      await seals.sameLog('two')
      expect(states(said).at(-1)).to.equal('contradicted')
      await seals.otherLog('two', other)
      await seals.sameLog('one')
      expect(states(said).at(-1)).to.equal('contradicted')
      expect(keptUntrusted(run.dataDir)).to.deep.include({ witnesses: [{ name: 'two', what: other.what }] })

      // Nor when the service is started again, and that one answers first.
      const again = await openSeals(run, new Erased())
      await again.sameLog('one')
      expect(states(said).at(-1)).to.equal('contradicted')
      await again.sameLog('two')
      expect(states(said).at(-1)).to.equal('sealing')
      expect(keptUntrusted(run.dataDir)).to.equal(null)
    }))

  it('makes less of it believed than a seal of the log does', () =>
    twoNodes(async ({ store, run, said, grow, appendSeal }) => {
      const seals = await openSeals(run, new Erased())
      await seals.sealWhereDue(true)
      await grow()
      await growTree(store, run.tree)
      const checkpoint = { origin: ORIGIN, size: 2, root: run.tree.rootAt(1) }
      await appendSeal({ _tag: 'Checkpoint', note: signedCheckpoint(checkpoint, run.signers) })
      await seals.hear(await seal(store, 1))
      expect(keptUntrusted(run.dataDir)?.after).to.be.a('string')
      await seals.otherLog('one', { size: 1, what: 'it has cosigned another log' })
      expect(keptUntrusted(run.dataDir)?.after).to.equal(null)
      await seals.sameLog('one')
      expect(keptUntrusted(run.dataDir)?.after).to.be.a('string')
      expect(states(said).at(-1)).to.equal('contradicted')
    }))
})

describe('what a directory keeps of the seals of its log', () => {
  it('makes all of it untrusted where it cannot be read', () => {
    const directory = newDirectory()
    expect(keptUntrusted(directory)).to.equal(null)
    keepUntrusted(directory, { after: '7', origin: ORIGIN, witnesses: [] })
    expect(keptUntrusted(directory)).to.include({ after: '7' })
    keepUntrusted(directory, null)
    expect(keptUntrusted(directory)).to.equal(null)
    mkdirSync(join(directory, 'sealed', 'contradicted'))
    expect(keptUntrusted(directory)).to.include({ after: null })
  })

  it('shows that the log is another one, whatever became of its seals', () =>
    twoNodes(async ({ run, said }) => {
      keepCheckpoint(run.dataDir, signedCheckpoint({ origin: ORIGIN, size: 1, root: EMPTY_ROOT }, run.signers))
      await openSeals(run, new Erased())
      expect(states(said)).to.deep.equal(['contradicted'])
      expect(keptUntrusted(run.dataDir)).to.deep.include({ after: null, witnesses: [] })
    }))

  it('shows nothing where another key has signed it, or another log', () =>
    twoNodes(async ({ run, said }) => {
      keepCheckpoint(run.dataDir, signedCheckpoint({ origin: ORIGIN, size: 1, root: EMPTY_ROOT }, newSealKey().signers))
      await openSeals(run, new Erased())
      keepCheckpoint(run.dataDir, signedCheckpoint({ origin: 'other', size: 1, root: EMPTY_ROOT }, run.signers))
      await openSeals(run, new Erased())
      expect(states(said)).to.deep.equal(['sealing', 'sealing'])
    }))

  it('does not go back when an older seal is brought again', () =>
    twoNodes(async ({ store, run, grow, appendSeal }) => {
      const old = signTree(run.tree, ORIGIN, run.signers, 1, new Erased()).signed
      await grow()
      await growTree(store, run.tree)
      const seals = await openSeals(run, new Erased())
      await seals.sealWhereDue(true)
      expect(keptCheckpoint(run.dataDir)?.size).to.equal(2)
      await appendSeal({ _tag: 'Checkpoint', note: old })
      await seals.hear(await seal(store, 1))
      expect(keptCheckpoint(run.dataDir)?.size).to.equal(2)
      await openSeals(run, new Erased())
      expect(keptCheckpoint(run.dataDir)?.size).to.equal(2)
    }))
})

describe('what others are said to have signed', () => {
  it('makes no note of a checkpoint that cannot be read', () =>
    twoNodes(async ({ store, run, said, appendSeal }) => {
      const seals = await openSeals(run, new Erased())
      await seals.sealWhereDue(true)
      const root = run.tree.rootAt(1)
      const lines = Array.from({ length: 60 }, (_, index) =>
        formatSignature(newWitness(`witness.example/${index % 50}`).sign({ origin: ORIGIN, size: 1, root }, 1)),
      ).join('')
      for (const cosignatures of ['no line', lines, lines]) {
        const revision = await appendSeal({ _tag: 'Cosigned', size: 1, cosignatures, timeStamp: null })
        await seals.hear(await seal(store, revision))
      }
      const notes = said.flatMap((word) =>
        word._tag === 'Sealed' ? [word.sealed.signed + word.sealed.cosignatures] : [],
      )
      for (const note of notes) expect(parseNote(note)).to.have.property('_tag', 'Right')
      expect(notes.at(-1)).to.include('witness.example/47 ')
    }))
})
