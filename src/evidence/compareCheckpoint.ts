import type { Signed, VerifiedCheckpoint } from '../tlog/verifyCheckpoint.ts'
import type { LogVerified } from './verifyLog.ts'

/** What a signed checkpoint says of a log that was looked at. */
export interface Compared {
  readonly agrees: boolean
  /** For a person. */
  readonly told: string
}

const tellSigned = ({ by, at }: Signed): string =>
  `${by.name} (${by.keyId.toString('hex')}${at === null ? '' : `, ${new Date(at * 1000).toISOString()}`})`

/** Whether the log that was looked at begins with the leaves that the checkpoint was made over. `logId`: `null` where it does not tell. */
export const compareCheckpoint = (
  { checkpoint, signed }: VerifiedCheckpoint,
  { size, rootAt }: Pick<LogVerified, 'size' | 'rootAt'>,
  logId: string | null,
): Compared => {
  const { origin, size: sealed, root } = checkpoint
  const by = `${sealed} leaves${signed.length === 0 ? '' : `, signed by ${signed.map(tellSigned).join(', ')}`}`
  // Once its end was lost it seals under another name; its beginning is the same.
  if (logId !== null && origin !== logId && !origin.startsWith(`${logId}/`))
    return { agrees: false, told: `${by}: it is of another log, ${origin}` }
  if (sealed > size) {
    return { agrees: false, told: `${by}: the log has only ${size}, and has lost at least ${sealed - size} events` }
  }
  const isSame = rootAt.get(sealed)?.equals(root) ?? false
  return isSame
    ? { agrees: true, told: `${by}: the log begins with just these` }
    : { agrees: false, told: `${by}: the first ${sealed} events of the log are not those that it was made over` }
}
