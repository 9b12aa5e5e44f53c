import type { WebhookSecret } from '../../webhooks/signature.ts'
import { type Look, lookAt, NO_LOOKS, WHAT_IS_WRONG } from '../eventCheck.ts'
import type { StreamSeen } from './checkEvent.ts'
import { StatusCheck, type StatusChecked } from './checkStatus.ts'
import type { CheckedCheckpoint, HeldKeys } from './fileCheckpoint.ts'
import { FileReader } from './fileReader.ts'
import { wrongFile } from './wrongFile.ts'

/** What an evidence file shows in which nothing is wrong. */
export interface FileVerified {
  readonly checkpoint: CheckedCheckpoint
  /** The user's, then the one of the unattributed. */
  readonly streams: readonly StreamSeen[]
  /** How many events showed what. */
  readonly looks: Readonly<Record<Look, number>>
  readonly status: StatusChecked
  readonly isTimeStamped: boolean
}

/**
 * Goes through an open evidence file (docs/evidence.md), with an event of it in memory at a time: each is in the log whose
 * checkpoint is signed by the keys that are given, and has the payload that was received. Throws `wrongFile` with the first
 * thing that is wrong, an `Error` where it is no such archive. `secrets` are the provider's, possibly none.
 */
export const verifyFile = (file: number, keys: HeldKeys, secrets: readonly WebhookSecret[]): FileVerified => {
  const reader = new FileReader(keys)
  const looks = { ...NO_LOOKS }
  const status = new StatusCheck()
  for (const { name, event } of reader.events(file)) {
    const look = lookAt(event, secrets)
    const what = WHAT_IS_WRONG[look]
    if (what !== undefined) throw wrongFile(`${name}: ${what}`)
    looks[look] += 1
    status.take(event)
  }
  const { checkpoint, streams, present } = reader
  if (streams.length === 0 || checkpoint === null) throw wrongFile('no event is in it')
  return {
    checkpoint,
    streams,
    looks,
    status: status.check(reader.status ?? ''),
    isTimeStamped: present.has('checkpoint.tsr'),
  }
}
