import { setTimeout as delay } from 'node:timers/promises'
import type { Heard } from '../attestation/askOthers.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { RecordedEvent, Revision } from '../eventStore/recordedEvent.ts'
import { shown } from '../eventStore/shown.ts'
import type { Erased } from '../ledger/erased.ts'
import type { Signer } from '../tlog/sign.ts'
import type { TreeWriter } from '../tree/treeWriter.ts'
import { contradictedBy, openDoubts } from './doubts.ts'
import { growTree } from './growTree.ts'
import { judgeNote, judgeSeal } from './judgeSeal.ts'
import { keepCheckpoint, keptNote } from './kept.ts'
import { lookAtSeals, type SealsSeen, withCosigned } from './lookAtSeals.ts'
import type { OtherLog } from './others.ts'
import type { SealedCheckpoint } from './sealedLog.ts'
import { type AppendSeal, signTree } from './signTree.ts'
import type { SealingSaid } from './words.ts'

const TRIES = 5
const AGAIN_MS = 500

/** What sealing works with. */
export interface SealingRun {
  readonly store: EventStore
  readonly dataDir: string
  readonly tree: TreeWriter
  readonly origin: string
  /** None: nothing is sealed; seals of others are looked at all the same. */
  readonly signers: readonly Signer[]
  readonly everyMs: number
  /** The read model is made from this log anew. */
  readonly isAnew: boolean
  readonly append: AppendSeal
  readonly say: (said: SealingSaid) => void
  /** Told whether the tree has come to the end of the log. */
  readonly follows: (isAtEnd: boolean) => void
  /** Told whenever the tree has grown while the log was followed. */
  readonly grew: () => void
  /** Told of all who were erased by then, with each checkpoint that counts more of them. */
  readonly counted: (erased: Erased) => void
  /** Told of each checkpoint that others have to look at: that this node has sealed, or that nobody has cosigned. */
  readonly sealed: (sealed: SealedCheckpoint) => void
}

/** The seals of a log, kept up with its tree. */
export interface Seals {
  /** Takes note of a seal that the log has brought; the tree holds all that stands before it. */
  readonly hear: (event: RecordedEvent) => Promise<void>
  /** Seals the tree as it stands where it has grown, it is this node's to do, and, unless `atOnce`, it is time. */
  readonly sealWhereDue: (atOnce?: boolean) => Promise<void>
  /** Keeps what others have said of a checkpoint. */
  readonly keepCosigned: (heard: Heard) => Promise<void>
  /** Somebody outside has a checkpoint of another log, signed with the key of this one. */
  readonly otherLog: (witness: string, other: OtherLog) => Promise<void>
  /** He has a checkpoint of just this log. */
  readonly sameLog: (witness: string) => Promise<void>
}

/** Looks at the seals that the log holds; its tree has come to the end of it, and so has what is known of erased events. */
export const openSeals = async (run: SealingRun, erased: Erased): Promise<Seals> => {
  const { store, dataDir, tree, origin, signers, everyMs, say } = run
  const judging = { origin, keys: signers.map(({ verifier }) => verifier), tree }
  /** `null` where more was sealed than the tree has: another node appends and seals meanwhile. The tree is brought up to it. */
  const look = async (): Promise<SealsSeen | null> => {
    const seen = await lookAtSeals(store, judging)
    if ((seen.contradicted?.size ?? 0) <= tree.size()) return seen
    await growTree(store, tree, erased)
    return null
  }
  const seen = (await shown(store, look)) ?? (await lookAtSeals(store, judging))
  const doubts = await openDoubts(run, contradictedBy(seen, judging, dataDir))
  let { revision, latest, isOtherKey, sealedAt } = seen
  const age = sealedAt === null ? everyMs : Math.max(0, Date.now() - sealedAt / 1000)
  let sealedSince = performance.now() - Math.min(age, everyMs)
  let underWay: Promise<void> | null = null

  /** It never goes back: whoever brings an older seal would have the end of the log forgotten. */
  const before = judgeNote(keptNote(dataDir), judging)
  let keptSize = before._tag === 'Agrees' ? before.sealed.size : before._tag === 'Contradicts' ? before.size : 0

  let sealedMs = 0
  let countedUsers = 0
  const tellSealed = (sealed: SealedCheckpoint, at: number): void => {
    sealedMs = at
    // What others seal is shown out of this node's files as well.
    tree.save()
    if (erased.users.size > countedUsers) run.counted(erased)
    countedUsers = erased.users.size
    if (sealed.size >= keptSize) {
      keptSize = sealed.size
      keepCheckpoint(dataDir, sealed.signed)
    }
    say({ _tag: 'Sealed', sealed, at })
  }
  const tellState = (): void => {
    const doubt = doubts.gravest()
    if (doubt !== null) {
      const { what, revision: at } = doubt
      say({ _tag: 'State', state: 'contradicted', why: at === null ? what : `${what} (kyc-seals, revision ${at})` })
    } else if (isOtherKey) {
      const why = 'kyc-seals holds a checkpoint that was not signed with the key of this node'
      say({ _tag: 'State', state: 'another key', why })
    } else {
      say({ _tag: 'State', state: signers.length === 0 ? 'no key' : 'sealing', why: null })
    }
  }
  /** The log may bring an event before it is known here that it was appended, or where that is never known. */
  const isNew = ({ revision: at }: { readonly revision: Revision }): boolean => {
    if (at <= revision) return false
    revision = at
    return true
  }
  /** What was to be appended last; it may have been, without a word. */
  let tried: SealedCheckpoint | null = null
  let toldWhy = ''

  const seal = async (): Promise<void> => {
    const sealed: SealedCheckpoint =
      tried?.size === tree.size() ? tried : signTree(tree, origin, signers, Math.floor(Date.now() / 1000), erased)
    tried = sealed
    const result = await run.append({ _tag: 'Checkpoint', note: sealed.signed }, revision)
    // Where somebody else was there first, the log brings what he has sealed.
    if (result._tag === 'Taken') return
    if (result._tag === 'Failed') {
      if (result.reason !== toldWhy) say({ _tag: 'Warning', told: `the log could not be sealed: ${result.reason}` })
      toldWhy = result.reason
      return
    }
    toldWhy = ''
    if (!isNew(result)) return
    latest = sealed
    sealedSince = performance.now()
    tellSealed(sealed, Date.now())
    run.sealed(sealed)
  }

  if (latest !== null) tellSealed(latest, sealedAt === null ? 0 : sealedAt / 1000)
  if (latest !== null && latest.cosignatures === '') run.sealed(latest)
  tellState()

  return {
    hear: async (event) => {
      if (!isNew(event)) return
      const judged = judgeSeal(event, judging)
      switch (judged._tag) {
        case 'Agrees':
          latest = judged.sealed
          sealedSince = performance.now()
          tellSealed(latest, Date.now())
          if (latest.signed === tried?.signed) run.sealed(latest)
          return
        case 'Cosigned':
          if (latest === null || latest.size !== judged.size) return
          latest = withCosigned(latest, judged)
          return tellSealed(latest, Date.now())
        case 'Contradicts':
          await doubts.bySeal({ ...judged, revision: event.revision, agreedSize: latest?.size ?? 0 })
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
    keepCosigned: async ({ size, cosignatures, timeStamp }) => {
      const said = { _tag: 'Cosigned', size, cosignatures, timeStamp } as const
      for (let tries = 0; tries < TRIES; tries += 1) {
        await underWay
        const result = await run.append(said, revision)
        if (result._tag === 'Failed') return say({ _tag: 'Warning', told: `not kept: ${result.reason}` })
        if (result._tag === 'Taken') {
          // What stands there is on its way.
          await delay(AGAIN_MS)
          continue
        }
        if (!isNew(result) || latest === null) return
        latest = withCosigned(latest, said)
        return tellSealed(latest, sealedMs)
      }
      say({ _tag: 'Warning', told: 'not kept: other nodes append to kyc-seals without a pause' })
    },
    otherLog: async (witness, other) => {
      await doubts.byWitness(witness, other)
      tellState()
    },
    sameLog: async (witness) => {
      await doubts.settledBy(witness)
      tellState()
    },
    sealWhereDue: async (atOnce = false) => {
      await underWay
      const mayNot = signers.length === 0 || doubts.gravest() !== null || isOtherKey
      if (mayNot || tree.size() <= (latest?.size ?? 0)) return
      if (!atOnce && performance.now() - sealedSince < everyMs) return
      underWay = seal()
      await underWay
      underWay = null
    },
  }
}
