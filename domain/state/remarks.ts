import type { KycEvent } from '../event/kycEvent.ts'
import { CANCELED } from '../treezor/codes.ts'
import { type Family, familyOfName, isKnownName, maySay } from '../treezor/family.ts'
import type { Statement } from '../treezor/statement.ts'
import { unreadableTimes } from '../treezor/times.ts'
import type { AnomalyKind } from './anomaly.ts'

/** Something odd about an event, whatever came before it. */
export interface Remark {
  readonly kind: AnomalyKind
  readonly detail: string
}

const remark = (kind: AnomalyKind, detail: string): Remark => ({ kind, detail })

/** The id of the signed payload that `object_id` should repeat; a liveness payload has none. */
export const payloadId = (statement: Statement): string | null => {
  switch (statement.region) {
    case 'legacy':
    case 'lifecycle':
      return statement.userId
    case 'documents':
      return statement.documentId
    case 'qes':
    case 'videoConference':
      return statement.identificationId
    case 'liveness':
    case 'unread':
      return null
    default:
      return statement satisfies never
  }
}

/** Whether `object_id` names something that the payload speaks of; also true where nothing can be compared. */
export const objectIdAgrees = (objectId: string | null, statements: readonly Statement[]): boolean => {
  if (objectId === null || statements.length === 0) return true
  return statements.some((statement) => {
    const id = payloadId(statement)
    return id === null || id === objectId
  })
}

/** It says of the user's status that it is another one. */
const cancelsNobody = (statement: Statement): boolean =>
  statement.region === 'legacy' && statement.userStatus !== null && statement.userStatus !== CANCELED

/** What the envelope, which is not signed, says otherwise than the payload, and which time of the event was not believed. */
export const remarksOn = (
  { webhook: { name, objectId, payload }, disbelief, claim }: KycEvent,
  family: Family | null,
  /** What it says about its user. */
  statements: readonly Statement[],
  /** What it says about anybody. */
  all: readonly Statement[],
): readonly Remark[] => {
  const named = familyOfName(name)
  const remarks: Remark[] = []
  if (!isKnownName(name)) remarks.push(remark('unknown-name', 'the name of the webhook is not among the known ones'))
  if (named !== null && family !== null && named !== family) {
    const detail = `the webhook is named after a ${named} object, its signed payload is a ${family} object`
    remarks.push(remark('envelope-disagrees', detail))
  }
  if (named === family && statements.some(({ says }) => !maySay(name, says))) {
    remarks.push(remark('envelope-disagrees', 'the signed payload says something else than the name of the webhook'))
  }
  if (!objectIdAgrees(objectId, all)) {
    remarks.push(remark('envelope-disagrees', 'object_id is not an id of the signed payload'))
  }
  if (name === 'user.cancel' && statements.some(cancelsNobody)) {
    remarks.push(remark('envelope-disagrees', 'the webhook is named user.cancel, its signed payload cancels nobody'))
  }
  if (claim === 'unreadable') {
    remarks.push(remark('time-unreadable', 'webhook_created_at: expected a time; what is there is none'))
  }
  for (const path of unreadableTimes(family, payload)) {
    remarks.push(remark('time-unreadable', `${path}: expected a time; what is there is none`))
  }
  if (disbelief === 'received-before-payload') {
    const detail = 'the signed payload states a time after its receipt: the clock that received it was behind'
    remarks.push(remark('time-not-believed', detail))
  }
  if (disbelief === 'later-than-receipt') {
    const detail = 'the time it claims lies after its receipt: the time of receipt is used'
    remarks.push(remark('time-not-believed', detail))
  }
  if (disbelief === 'earlier-than-payload') {
    const detail = 'webhook_created_at lies before the time that the signed payload states: that one is used'
    remarks.push(remark('time-not-believed', detail))
  }
  return remarks
}
