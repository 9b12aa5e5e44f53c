import type { Compared } from '../evidence/compareCheckpoint.ts'
import type { LogVerified } from '../evidence/verifyLog.ts'
import { printable } from './printable.ts'
import type { VerifyAsked } from './verifyAsked.ts'

/** What a log was held against, beside itself. */
interface HeldAgainst {
  readonly compared: readonly (Compared & { readonly file: string; readonly size: number })[]
  /** Witnesses that have cosigned nothing. */
  readonly silent: readonly string[]
  readonly hasSecrets: boolean
  readonly asked: Pick<VerifyAsked, 'keys' | 'witnesses'>
}

const tellWrong = ({ wrong, wrongCount, damaged }: LogVerified): void => {
  for (const { stream, place, what } of wrong) {
    const where = place === null ? '' : `, revision ${place.revision} (position ${place.position})`
    console.log(`WRONG: ${printable(`${stream}${where}: ${what}`)}`)
  }
  if (wrongCount > wrong.length) console.log(`WRONG: ${wrongCount - wrong.length} more`)
  for (const stream of damaged)
    console.log(
      `WRONG: ${stream}: it is deleted, cut, hidden or damaged in the store: not all of it is there to be looked at`,
    )
}

const tellSeen = ({ identity, looks, size, root, seals }: LogVerified, hasKeys: boolean): void => {
  const agree = looks.signed + looks['other-secret'] + looks.forged
  console.log(`log: ${identity?.logId ?? 'without an identity'}`)
  if (identity !== null && identity.losses > 0) {
    console.log(`log: somebody accepted, times: ${identity.losses}, that its end is lost; kyc-log says when`)
  }
  console.log(
    `payloads: ${agree} are the ones that were recorded, by their hash; ${looks.own} events are this service's own`,
  )
  console.log(
    `signatures of the provider: ${looks.signed} good, ${looks['other-secret']} under a secret that is not given`,
  )
  console.log(`tree: ${size} leaves, root ${root.toString('base64')}`)
  const by = hasKeys ? 'signed by the keys that are given' : 'by whom they are signed was not checked'
  const newest = `the newest that agrees is over ${seals.agreedSize} leaves; ${by}`
  console.log(`seals: ${seals.checkpoints === 0 ? 'none' : `${seals.checkpoints} checkpoints, ${newest}`}`)
  for (const [name, cosigned] of seals.cosigned)
    console.log(`seals: the witness ${name} has cosigned ${cosigned} events`)
}

/** What an auditor has to know of what this run does not show. */
const notChecked = (
  { looks, size, seals }: LogVerified,
  { compared, hasSecrets, asked: { keys, witnesses } }: HeldAgainst,
): readonly string[] => {
  const others = looks['other-secret']
  const sealed = Math.max(0, keys.length > 0 ? seals.agreedSize : 0, ...compared.map((one) => one.size))
  const cosigned = [...seals.cosigned].filter(([, upTo]) => upTo < sealed)
  return [
    ...(hasSecrets && others > 0
      ? [`the signatures of ${others} payloads: their secret is not among those given`]
      : []),
    ...(hasSecrets ? [] : ['signatures of the provider: no secret is given (TREEZOR_WEBHOOK_SECRET)']),
    ...(sealed === 0
      ? [
          'the metadata, names and order of events, and whether it is the log that was there before: no checkpoint is given',
        ]
      : []),
    ...(sealed > 0 && sealed < size
      ? [`of the last ${size - sealed} events, the metadata, names and order: no checkpoint covers them`]
      : []),
    ...(sealed > 0 && witnesses.length === 0
      ? ['whether the log was written anew together with its checkpoints: whoever holds its key could']
      : []),
    ...cosigned.map(
      ([name, upTo]) => `whether events after the first ${upTo} were written anew: ${name} has not seen them`,
    ),
    ...(seals.timeStamps > 0 ? [`the time stamps of ${seals.timeStamps} checkpoints: openssl ts does`] : []),
    'whether an event was never recorded',
  ]
}

/** Tells what was seen of a log, what is wrong with it, and what was not checked. */
export const tellVerified = (verified: LogVerified, held: HeldAgainst): void => {
  tellSeen(verified, held.asked.keys.length > 0)
  tellWrong(verified)
  for (const { file, agrees, told } of held.compared) console.log(`${agrees ? '' : 'WRONG: '}${file}: ${told}`)
  for (const name of held.silent) console.log(`WRONG: ${name} has cosigned no checkpoint in the log`)
  for (const what of notChecked(verified, held)) console.log(`not checked: ${printable(what)}`)
}
