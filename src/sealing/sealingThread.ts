import { parentPort, workerData } from 'node:worker_threads'
import * as E from 'fp-ts/lib/Either.js'
import { readWitnesses } from '../config/witnesses.ts'
import { openEventStore } from '../eventStore/openEventStore.ts'
import type { Position } from '../eventStore/recordedEvent.ts'
import { formatErasureList, listName } from '../evidence/erasureList.ts'
import { readSealKey } from '../evidence/sealKey.ts'
import { opening } from '../files/opening.ts'
import { inWords } from '../files/whyNot.ts'
import type { Erased } from '../ledger/erased.ts'
import { originOf } from '../ledger/logIdentity.ts'
import type { Signer } from '../tlog/sign.ts'
import { openTree } from '../tree/openTree.ts'
import { isTreeDamaged, treeDamaged } from '../tree/treeDamaged.ts'
import { keepErasureList, treeDirectory } from './kept.ts'
import { askOutside } from './others.ts'
import { runSealing } from './runSealing.ts'
import type { Seals } from './seals.ts'
import type { AppendSeal } from './signTree.ts'
import type { SealAppended, SealingSaid, SealingThreadData, SealingWord } from './words.ts'

/** So long others may take in the end. */
const ATTEST_WITHIN_MS = 700

if (parentPort === null) throw new Error('sealing runs in a worker thread')
const port = parentPort
const { eventStore, dataDir, identity, everySeconds, keyFile, timeStampUrl, isAnew, ...given } =
  workerData as SealingThreadData
const witnesses = readWitnesses(given.witnesses)

const say = (said: SealingSaid): void => port.postMessage(said)

const readSigners = (): readonly Signer[] => {
  try {
    return keyFile === null ? [] : readSealKey(keyFile, originOf(identity))
  } catch (error) {
    say({ _tag: 'Warning', told: `nothing is sealed: ${inWords(error)}` })
    return []
  }
}

const opened = await openEventStore(eventStore, { readOnly: true })()
if (E.isLeft(opened)) throw new Error(opened.left.reason)

const stopping = new AbortController()
const awaited = new Map<number, (result: SealAppended) => void>()
let asked = 0
port.on('message', (word: SealingWord) => {
  if (word._tag === 'Stop') return stopping.abort()
  if (word._tag === 'Save') {
    awaitedUpTo.add(word.upTo)
    return saveAwaited()
  }
  if (word._tag === 'TreeDamaged') return beginAnew(treeDamaged('what was read of them was not what was written'))
  awaited.get(word.number)?.(word.result)
  awaited.delete(word.number)
})
const append: AppendSeal = (seal, behind) =>
  new Promise((resolve) => {
    asked += 1
    awaited.set(asked, resolve)
    say({ _tag: 'Append', number: asked, seal, behind })
  })

const tree = opening({ what: "the log's tree", file: treeDirectory(dataDir) }, () =>
  openTree(treeDirectory(dataDir), identity),
)

/** Somebody waits until the tree is saved up to these positions. */
const awaitedUpTo = new Set<Position>()
const saveAwaited = (): void => {
  const reached = [...awaitedUpTo].filter((position) => tree.reaches(position))
  for (const position of reached) awaitedUpTo.delete(position)
  if (reached.length > 0) tree.save()
}
if (tree.found === 'damaged')
  say({ _tag: 'Warning', told: "the files of the log's tree were damaged: it is made anew" })

/** Who restores a backup that knows less finds here whom to erase again. */
const keepErasures = (erased: Erased): void => {
  if (keyFile === null || signers.length === 0) return
  const name = listName(origin)
  keepErasureList(dataDir, formatErasureList(erased, origin, readSealKey(keyFile, name), Math.floor(Date.now() / 1000)))
}

/** Whatever the thread is at, its tree is not to be believed: it ends, and the next one makes it out of the log. */
const beginAnew = (error: Error): never => {
  tree.clear()
  throw error
}
if (isAnew) tree.clear()
say({ _tag: 'State', state: 'catching up', why: null })
const [origin, signers] = [originOf(identity), readSigners()]
let seals: Seals | null = null
let isAtEnd = false
const outside = askOutside({
  origin,
  signers,
  witnesses: E.isRight(witnesses) ? witnesses.right : [],
  timeStampUrl,
  tree,
  isAtEnd: () => isAtEnd,
  say,
  heard: (heard) => void seals?.keepCosigned(heard),
  otherLog: (witness, other) => void seals?.otherLog(witness, other),
  sameLog: (witness) => void seals?.sameLog(witness),
})
try {
  const run = {
    store: opened.right,
    dataDir,
    tree,
    origin,
    signers,
    everyMs: everySeconds * 1000,
    isAnew,
    append,
    say,
    follows: (reached: boolean) => {
      isAtEnd = reached
    },
    grew: saveAwaited,
    counted: keepErasures,
    sealed: outside.bring,
  }
  await runSealing(run, stopping.signal, (opened) => {
    seals = opened
    void outside.compare()
  })
  await outside.close(ATTEST_WITHIN_MS)
} catch (error) {
  if (isTreeDamaged(error)) beginAnew(error)
  throw error
} finally {
  tree.close()
  await opened.right.close()
  port.close()
}
