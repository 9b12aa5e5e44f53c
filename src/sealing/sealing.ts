import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import type { NodeClock } from '../clock/nodeClock.ts'
import type { StoreConfig } from '../config/config.ts'
import { reasonOf } from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { Position } from '../eventStore/recordedEvent.ts'
import { makeSealKey, readSealKey } from '../evidence/sealKey.ts'
import { inWords } from '../files/whyNot.ts'
import { type LogIdentity, originOf } from '../ledger/logIdentity.ts'
import { sealEvent } from '../ledger/seals.ts'
import { SEALS } from '../ledger/streams.ts'
import type { Untrusted } from '../ledger/trustedStore.ts'
import type { Logger } from '../log/log.ts'
import { keepRunning } from '../threads/keepRunning.ts'
import { formatVerifierKey } from '../tlog/keys.ts'
import { openTreeReader } from '../tree/openTreeReader.ts'
import { tellingDamage } from '../tree/tellingDamage.ts'
import { awaitTree } from './awaitTree.ts'
import { treeDirectory } from './kept.ts'
import { formatWitnesses } from './others.ts'
import type { SealedCheckpoint, SealedLog } from './sealedLog.ts'
import { watchWitnesses } from './watchWitnesses.ts'
import type { SealAppended, SealingSaid, SealingState, SealingThreadData, SealingWord } from './words.ts'

/** So long the last seal may take: what it leaves out the next start seals. */
const STOP_WITHIN_MS = 2000
/** So long a tree that is made anew may take to come to a position. */
const REACHES_WITHIN_MS = 30_000

/** The sealing of a log, as the rest of the service sees it. */
export interface Sealing extends SealedLog {
  readonly state: () => SealingState
  /** How many leaves the tree has. */
  readonly size: () => number
  /** When the newest checkpoint was recorded, in seconds since 1970; 0 where there is none. */
  readonly sealedAt: () => number
  /** When each witness last agreed, in seconds since 1970; 0 where it has not since the service started. */
  readonly witnesses: () => ReadonlyMap<string, number>
  /**
   * Waits until the tree, as `tree` reads it from the disk, has come to a position of the log; it is saved for that at once. `false` where
   * it has not within `withinMs` (30 s), or there is none.
   */
  readonly treeReaches: (position: Position, withinMs?: number) => Promise<boolean>
  /** Seals what there is, and ends. */
  readonly stop: () => Promise<void>
}

/** What it needs of the service. */
interface Surroundings {
  readonly store: EventStore
  readonly clock: Pick<NodeClock, 'now' | 'fault'>
  readonly log: Logger
  /** The read model is made anew from the log, and so is the tree: what was altered since shows by it. */
  readonly isAnew: boolean
  /** Told once it is known which part of the log is not the one that was sealed, and whenever that changes. */
  readonly untrusted: (part: Untrusted | null) => void
}

/** The file of the key; `null` where there is none. On a loopback address one is made. */
const keyFileOf = ({ keyFile, makesKey }: StoreConfig['sealing'], log: Logger): string | null => {
  if (existsSync(keyFile)) return keyFile
  if (!makesKey) {
    log.warn('nothing is sealed: there is no SEAL_KEY_FILE (npm run kyc -- seal-key makes one)')
    return null
  }
  try {
    makeSealKey(keyFile)
  } catch (error) {
    log.warn(`nothing is sealed: ${inWords(error)}`)
    return null
  }
  log.warn({ file: keyFile }, 'a key was made that seals the log: keep a copy of it elsewhere')
  return keyFile
}

const verifierKeys = (keyFile: string | null, identity: LogIdentity): readonly string[] => {
  try {
    return keyFile === null
      ? []
      : readSealKey(keyFile, originOf(identity)).map(({ verifier }) => formatVerifierKey(verifier))
  } catch {
    return []
  }
}

/** Keeps the tree of a log that was joined, and seals it, in a thread of its own. */
export const startSealing = (
  { eventStore, dataDir, sealing }: StoreConfig,
  identity: LogIdentity,
  { store, clock, log, isAnew, untrusted }: Surroundings,
): Sealing => {
  const keyFile = keyFileOf(sealing, log)
  let state: SealingState = 'catching up'
  let fault: string | null = null
  let size = 0
  let latest: SealedCheckpoint | null = null
  let sealedAt = 0
  const witnesses = watchWitnesses(
    sealing.witnesses.map(({ name }) => name),
    log,
  )
  const stopping = new AbortController()

  const append = async (seal: Parameters<typeof sealEvent>[0], behind: number): Promise<SealAppended> => {
    const event = sealEvent(seal, clock.now())
    // What is recorded in the future keeps every node from taking deliveries, as soon as it is read.
    const fault = clock.fault()
    if (fault !== null) return { _tag: 'Failed', reason: `the clock is not right (${fault.clock})` }
    const result = await store.append(SEALS, behind === -1 ? 'no-stream' : behind, [event])()
    if (E.isRight(result)) return { _tag: 'Appended', revision: result.right.revision }
    return result.left._tag === 'WrongExpectedVersion'
      ? { _tag: 'Taken' }
      : { _tag: 'Failed', reason: reasonOf(result.left) }
  }
  const said = (message: SealingSaid): void => {
    switch (message._tag) {
      case 'State':
        if (message.why !== fault && message.why !== null) log.error(`nothing is sealed: ${message.why}`)
        state = message.state
        fault = message.why
        return
      case 'Size':
        size = message.size
        return
      case 'Sealed':
        // What comes from another thread is no Buffer any more.
        latest = { ...message.sealed, root: Buffer.from(message.sealed.root) }
        sealedAt = message.at / 1000
        return
      case 'Untrusted':
        return untrusted(message.untrusted)
      case 'Warning':
        return log.warn(message.told)
      case 'Witness':
        return witnesses.heard(message)
      case 'Append': {
        const asker = thread.starts()
        void append(message.seal, message.behind).then((result) => {
          // Another thread, started since, counts from 1 as well.
          if (thread.starts() === asker) thread.say({ _tag: 'Answer', number: message.number, result })
        })
        return
      }
      default:
        return message satisfies never
    }
  }
  const data: SealingThreadData = {
    eventStore,
    dataDir,
    identity,
    everySeconds: sealing.everySeconds,
    keyFile,
    witnesses: formatWitnesses(sealing.witnesses),
    timeStampUrl: sealing.timeStampUrl,
    isAnew,
  }
  const module = new URL('./sealingThread.ts', import.meta.url)
  const thread = keepRunning<SealingSaid, SealingWord>(
    { module, data: () => data, name: 'sealing' },
    log,
    stopping.signal,
    {
      said,
      stopped: (reason) => {
        state = 'catching up'
        if (reason !== null) fault = reason
      },
    },
  )
  /** Told once to each thread, which begins the tree anew and ends. */
  let toldDamage = 0
  const tree = tellingDamage(openTreeReader(treeDirectory(dataDir), identity), () => {
    if (toldDamage === thread.starts()) return
    toldDamage = thread.starts()
    thread.say({ _tag: 'TreeDamaged' })
  })
  const keys = verifierKeys(keyFile, identity)

  return {
    latest: () => latest,
    keys: () => keys,
    tree,
    state: () => state,
    fault: () => fault,
    size: () => size,
    sealedAt: () => sealedAt,
    witnesses: witnesses.agreedAt,
    treeReaches: (position, withinMs = REACHES_WITHIN_MS) =>
      awaitTree(tree, () => thread.say({ _tag: 'Save', upTo: position }), position, withinMs, stopping.signal),
    stop: async () => {
      stopping.abort()
      thread.say({ _tag: 'Stop' })
      await Promise.race([thread.ended, delay(STOP_WITHIN_MS, undefined, { ref: false })])
      thread.terminate()
      await thread.ended
    },
  }
}
