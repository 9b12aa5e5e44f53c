import type { EventStore } from '../eventStore/eventStore.ts'
import type { RecordedEvent } from '../eventStore/recordedEvent.ts'
import type { Signer } from '../tlog/sign.ts'
import type { TreeWriter } from '../tree/treeWriter.ts'
import { positionOfLeaf } from './growTree.ts'
import { judgeSeal } from './judgeSeal.ts'
import { keepCheckpoint, keepUntrusted } from './kept.ts'
import { type Contradicted, lookAtSeals, withCosigned } from './lookAtSeals.ts'
import type { SealedCheckpoint } from './sealedLog.ts'
import { type AppendSeal, signTree } from './signTree.ts'
import type { SealingSaid } from './words.ts'

/** What sealing works with. */
export interface SealingRun {
  readonly store: EventStore
  readonly dataDir: string
  readonly tree: TreeWriter
  readonly origin: string
  /** None: nothing is sealed; seals of others are looked at all the same. */
  readonly signers: readonly Signer[]
  readonly everyMs: number
  readonly append: AppendSeal
  readonly say: (said: SealingSaid) => void
  /** Told of each checkpoint that this node has sealed. */
  readonly sealed: (sealed: SealedCheckpoint) => void
}

/** The seals of a log, kept up with its tree. */
export interface Seals {
  /** Takes note of a seal that the log has brought; the tree holds all that stands before it. */
  readonly hear: (event: RecordedEvent) => Promise<void>
  /** Seals the tree as it stands where it has grown, it is this node's to do, and, unless `atOnce`, it is time. */
  readonly sealWhereDue: (atOnce?: boolean) => Promise<void>
  /** Behind which revision of the stream of seals one is appended. */
  readonly revision: () => number
}

/** Looks at the seals that the log holds; its tree has come to the end of it. */
export const openSeals = async (run: SealingRun): Promise<Seals> => {
  const { store, dataDir, tree, origin, signers, everyMs, say } = run
  const judging = { origin, keys: signers.map(({ verifier }) => verifier), tree }
  let { revision, latest, contradicted, isOtherKey, sealedAt } = await lookAtSeals(store, judging)
  const age = sealedAt === null ? everyMs : Math.max(0, Date.now() - sealedAt / 1000)
  let sealedSince = performance.now() - Math.min(age, everyMs)
  let underWay: Promise<void> | null = null

  const tellSealed = (sealed: SealedCheckpoint, at: number): void => {
    keepCheckpoint(dataDir, sealed.signed + sealed.cosignatures)
    say({ _tag: 'Sealed', sealed, at })
  }
  const tellState = (): void => {
    if (contradicted !== null) {
      const { what, revision: at } = contradicted
      say({ _tag: 'State', state: 'contradicted', why: `${what} (kyc-seals, revision ${at})` })
    } else if (isOtherKey) {
      const why = 'kyc-seals holds a checkpoint that was not signed with the key of this node'
      say({ _tag: 'State', state: 'another key', why })
    } else {
      say({ _tag: 'State', state: signers.length === 0 ? 'no key' : 'sealing', why: null })
    }
  }
  const contradict = async (by: Contradicted | null): Promise<void> => {
    contradicted = by
    const untrusted = by === null ? null : { after: await positionOfLeaf(store, by.agreedSize - 1) }
    keepUntrusted(dataDir, untrusted)
    say({ _tag: 'Untrusted', untrusted })
  }

  const seal = async (): Promise<void> => {
    const sealed = signTree(tree, origin, signers, Math.floor(Date.now() / 1000))
    const result = await run.append({ _tag: 'Checkpoint', note: sealed.signed }, revision)
    // Where somebody else was there first, the log brings what he has sealed.
    if (result._tag === 'Taken') return
    if (result._tag === 'Failed') return say({ _tag: 'Warning', told: `the log could not be sealed: ${result.reason}` })
    revision = result.revision
    latest = sealed
    sealedSince = performance.now()
    tellSealed(sealed, Date.now())
    run.sealed(sealed)
  }

  await contradict(contradicted)
  if (latest !== null) tellSealed(latest, sealedAt === null ? 0 : sealedAt / 1000)
  tellState()

  return {
    revision: () => revision,
    hear: async (event) => {
      if (event.revision <= revision) return
      revision = event.revision
      const judged = judgeSeal(event, judging)
      switch (judged._tag) {
        case 'Agrees':
          latest = judged.sealed
          sealedSince = performance.now()
          return tellSealed(latest, Date.now())
        case 'Cosigned':
          if (latest === null || latest.size !== judged.size) return
          latest = withCosigned(latest, judged)
          return tellSealed(latest, Date.now())
        case 'Contradicts':
          if (contradicted !== null) return
          await contradict({ ...judged, revision: event.revision, agreedSize: latest?.size ?? 0 })
          return tellState()
        case 'OtherKey':
          isOtherKey = true
          return tellState()
        case 'Passed':
          return
        default:
          return judged satisfies never
      }
    },
    sealWhereDue: async (atOnce = false) => {
      await underWay
      const mayNot = signers.length === 0 || contradicted !== null || isOtherKey
      if (mayNot || tree.size() <= (latest?.size ?? 0)) return
      if (!atOnce && performance.now() - sealedSince < everyMs) return
      underWay = seal()
      await underWay
      underWay = null
    },
  }
}
