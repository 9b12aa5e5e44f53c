import { setTimeout as delay } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import { askOthers, type Heard, type Others } from '../attestation/askOthers.ts'
import { witnessKnows } from '../attestation/witnessKnows.ts'
import type { Witness } from '../config/witnesses.ts'
import { type Checkpoint, checkpointIn } from '../tlog/checkpoint.ts'
import { formatVerifierKey } from '../tlog/keys.ts'
import type { Signer } from '../tlog/sign.ts'
import type { TreeWriter } from '../tree/treeWriter.ts'
import type { SealedCheckpoint } from './sealedLog.ts'
import type { SealingSaid } from './words.ts'

const WAITS = 20
const WAIT_MS = 500

/** Witnesses as `WITNESSES` has them. */
export const formatWitnesses = (witnesses: readonly Witness[]): string =>
  witnesses.flatMap(({ url, keys }) => keys.map((key) => `${formatVerifierKey(key)} ${url}`)).join(',')

/** A checkpoint that log and witness have signed, and that is of another log than this. */
export interface OtherLog {
  readonly size: number
  /** For a person. */
  readonly what: string
}

interface Asking {
  readonly origin: string
  readonly signers: readonly Signer[]
  readonly witnesses: readonly Witness[]
  readonly timeStampUrl: string | null
  readonly tree: TreeWriter
  /** Whether it has come to the end of the log, as far as that can be read now. */
  readonly isAtEnd: () => boolean
  readonly say: (said: SealingSaid) => void
  /** What others have said of a checkpoint, to be kept. */
  readonly heard: (heard: Heard) => void
  /** A witness, by its name, has seen another history. */
  readonly otherLog: (witness: string, other: OtherLog) => void
  /** A witness has seen this one. */
  readonly sameLog: (witness: string) => void
}

/** Those who look at the seals of a log from outside. */
export interface Outside {
  readonly bring: (sealed: SealedCheckpoint) => void
  /** Asks each witness for what it knows, and compares. Resolves when all have answered, or their time is over. */
  readonly compare: () => Promise<void>
  readonly close: Others['close']
}

/**
 * Brings checkpoints to witnesses and to a time-stamping authority. What a witness knows is believed where it shows it signed by the
 * log's own key: then there are two histories under one key.
 */
export const askOutside = (asking: Asking): Outside => {
  const { origin, signers, witnesses, timeStampUrl, tree, isAtEnd, say, heard, otherLog, sameLog } = asking

  const differs = ({ name }: Witness, { size, root }: Checkpoint): OtherLog | null => {
    if (size > tree.size()) {
      return { size, what: `the witness ${name} has cosigned ${size} events, and the log has only ${tree.size()}` }
    }
    return tree.rootAt(size).equals(root)
      ? null
      : {
          size,
          what: `the witness ${name} has cosigned another log: its first ${size} events are not those of this one`,
        }
  }
  const compareWith = async (witness: Witness): Promise<void> => {
    const at = Math.floor(Date.now() / 1000)
    const knows = await witnessKnows(witness, { origin, signers, at })
    if (knows._tag !== 'Knows' || knows.shown === null) return
    const { checkpoint } = knows.shown
    // Another node may have sealed what this one has not come to yet.
    for (let waited = 0; checkpoint.size > tree.size() && waited < WAITS; waited += 1) await delay(WAIT_MS)
    // A tree that does not follow now shows nothing of how long the log is.
    if (checkpoint.size > tree.size() && !isAtEnd()) return
    const other = differs(witness, checkpoint)
    if (other === null) sameLog(witness.name)
    else otherLog(witness.name, other)
  }

  const others = askOthers({
    witnesses,
    timeStampUrl,
    subtree: tree.subtree,
    heard: (answers) => {
      for (const { witness, says } of answers.said) {
        const { name } = witness
        if (says._tag === 'Agreed') say({ _tag: 'Witness', name, agreedAt: Date.now(), fault: null })
        else if (says._tag === 'KnowsMore') {
          say({ _tag: 'Witness', name, agreedAt: null, fault: `it has cosigned ${says.size} events already` })
        } else say({ _tag: 'Witness', name, agreedAt: null, fault: says.reason })
        const isOdd = says._tag === 'KnowsMore' || (says._tag === 'Refused' && says.status === 422)
        if (isOdd) void compareWith(witness)
      }
      if (answers.notStamped !== null) say({ _tag: 'Warning', told: `no time stamp: ${answers.notStamped}` })
      if (answers.cosignatures !== '' || answers.timeStamp !== null) heard(answers)
    },
  })
  return {
    bring: ({ size, root, signed }) => {
      const said = checkpointIn(signed)
      others.bring({ checkpoint: E.isRight(said) ? said.right : { origin, size, root }, signed })
    },
    compare: async () => {
      if (signers.length > 0) await Promise.all(witnesses.map(compareWith))
    },
    close: others.close,
  }
}
