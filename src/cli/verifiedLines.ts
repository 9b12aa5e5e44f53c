import type { Compared } from '../evidence/compareCheckpoint.ts'
import type { LogVerified } from '../evidence/verifyLog.ts'
import { printable } from '../webhooks/printable.ts'

/** What a log was held against, beside itself. */
interface HeldAgainst {
  readonly compared: readonly (Compared & { readonly file: string; readonly size: number })[]
  /** The newest checkpoint that the data directory remembers; `null` where it remembers none of this log. */
  readonly kept: Compared | null
  /** Up to which size each witness whose key is given has cosigned; 0 where it has nothing. */
  readonly cosigned: ReadonlyMap<string, number>
  readonly hasSecrets: boolean
  readonly hasKeys: boolean
}

/** How a line begins that says that something is wrong. */
export const WRONG = 'WRONG: '

const wrongLines = ({ wrong, wrongCount, damaged }: LogVerified): readonly string[] => [
  ...wrong.map(({ stream, place, what }) => {
    const where = place === null ? '' : `, revision ${place.revision} (position ${place.position})`
    return `${stream}${where}: ${what}`
  }),
  ...(wrongCount > wrong.length ? [`${wrongCount - wrong.length} more`] : []),
  ...damaged.map(
    (stream) => `${stream}: it is deleted, cut, hidden or damaged in the store: not all of it is there to be looked at`,
  ),
]

const tellErased = ({ users, events, standing }: LogVerified['erased']): readonly string[] => {
  const rest =
    standing === 0
      ? ''
      : `; ${standing} of them still stand in the log: their removal has not come to its end, or a server was not scavenged`
  return events === 0 && users === 0
    ? []
    : [`erased: ${users} users, ${events} events, whose leaves are known by their records${rest}`]
}

/** What is said of webhooks that speak of several users, where there are any. */
const partLines = ({ looks, parts }: LogVerified): readonly string[] => {
  const { wholes, unnamed, held, erased } = parts
  if (looks.part + wholes === 0) return []
  return [
    `webhooks of several users: ${wholes} stand whole; ${held} parts of ${looks.part} are of the whole that they name`,
    ...(erased > 0
      ? [`webhooks of several users: the wholes of ${erased} parts were erased, as kyc-erasures says`]
      : []),
    ...(unnamed > 0
      ? [
          `webhooks of several users: no part names ${unnamed} of them; one whose delivery was cut short is completed by the next`,
        ]
      : []),
  ]
}

/** Without a secret none can be told from one under another. */
const signatureLines = ({ looks }: LogVerified, hasSecrets: boolean): readonly string[] =>
  hasSecrets
    ? [`signatures of the provider: ${looks.signed} good, ${looks['other-secret']} under a secret that is not given`]
    : []

const seenLines = (verified: LogVerified, { hasSecrets, hasKeys }: HeldAgainst): readonly string[] => {
  const { identity, looks, size, root, seals, erased } = verified
  const agree = looks.signed + looks['other-secret'] + looks.forged + looks.part
  const by = hasKeys ? 'signed by the keys that are given' : 'by whom they are signed was not checked'
  const newest = `the newest that agrees is over ${seals.agreedSize} leaves; ${by}`
  return [
    `log: ${identity?.logId ?? 'without an identity'}`,
    ...(identity !== null && identity.losses > 0
      ? [`log: somebody accepted, times: ${identity.losses}, that its end is lost; kyc-log says when`]
      : []),
    `payloads: ${agree} are the ones that were recorded, by their hash; ${looks.own} events are this service's own`,
    ...signatureLines(verified, hasSecrets),
    ...partLines(verified),
    `tree: ${size} leaves, root ${root.toString('base64')}`,
    ...tellErased(erased),
    `seals: ${seals.checkpoints === 0 ? 'none' : `${seals.checkpoints} checkpoints, ${newest}`}`,
  ]
}

/** What an auditor has to know of what this run does not show. */
const notChecked = (
  { looks, parts, size, seals }: LogVerified,
  { compared, cosigned, hasSecrets, hasKeys }: HeldAgainst,
): readonly string[] => {
  const others = looks['other-secret']
  const alone = parts.erased + parts.unkept
  const sealed = Math.max(0, hasKeys ? seals.agreedSize : 0, ...compared.map((one) => one.size))
  const unseen = [...cosigned].filter(([, upTo]) => upTo > 0 && upTo < size)
  const when = (holds: boolean, what: string): readonly string[] => (holds ? [what] : [])
  return [
    ...when(hasSecrets && others > 0, `the signatures of ${others} payloads: their secret is not among those given`),
    ...when(
      alone > 0,
      `the provider's signatures over ${alone} parts of webhooks that speak of several users: the wholes are gone, or were never kept`,
    ),
    ...when(
      !hasSecrets,
      `signatures of the provider: none of ${looks['other-secret']}, since no secret is given (TREEZOR_WEBHOOK_SECRET)`,
    ),
    ...when(
      sealed === 0,
      'the metadata, names and order of events, and whether it is the log that was there before: no checkpoint is given',
    ),
    ...when(
      sealed > 0 && sealed < size,
      `of the last ${size - sealed} events, the metadata, names and order: no checkpoint covers them`,
    ),
    ...when(
      sealed > 0 && cosigned.size === 0,
      'whether the log was written anew together with its checkpoints: whoever holds its key could',
    ),
    ...unseen.map(
      ([name, upTo]) => `whether events after the first ${upTo} were written anew: ${name} has not cosigned them`,
    ),
    ...when(seals.timeStamps > 0, `the time stamps of ${seals.timeStamps} checkpoints: openssl ts does`),
    ...when(
      compared.length === 0,
      'whether the end of the log is gone: a checkpoint that you hold shows that, or one that a witness gives (<its URL>/<SHA-256 of the first line of a checkpoint>/checkpoint)',
    ),
    'whether an event was never recorded',
  ]
}

/** What was seen of a log, what is wrong with it, and what was not checked. */
export const verifiedLines = (verified: LogVerified, held: HeldAgainst): readonly string[] =>
  [
    ...seenLines(verified, held),
    ...[...held.cosigned].flatMap(([name, upTo]) =>
      upTo === 0 ? [] : [`witness: ${name} has cosigned ${upTo} events`],
    ),
    ...wrongLines(verified).map((what) => `${WRONG}${what}`),
    ...held.compared.map(({ file, agrees, told }) => `${agrees ? '' : WRONG}${file}: ${told}`),
    ...(held.kept === null
      ? []
      : [`${held.kept.agrees ? '' : WRONG}the last checkpoint that DATA_DIR keeps: ${held.kept.told}`]),
    ...[...held.cosigned].flatMap(([name, upTo]) =>
      upTo > 0 ? [] : [`${WRONG}${name} has cosigned no checkpoint in the log`],
    ),
    ...notChecked(verified, held).map((what) => `not checked: ${what}`),
  ].map(printable)
