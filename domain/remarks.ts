import type { AnomalyKind } from './anomaly.ts'
import { type Family, familyOfName, isKnownName, maySay } from './family.ts'
import type { KycEvent } from './kycEvent.ts'
import type { Statement } from './statement.ts'

/** Something odd about an event, whatever came before it. */
export interface Remark {
  readonly kind: AnomalyKind
  readonly detail: string
}

const remark = (kind: AnomalyKind, detail: string): Remark => ({ kind, detail })

/** The id of the signed payload that `object_id` should repeat; a liveness payload has none. */
const payloadId = (statement: Statement): string | null => {
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
const objectIdAgrees = (objectId: string | null, statements: readonly Statement[]): boolean => {
  const ids = statements.map(payloadId)
  return objectId === null || ids.length === 0 || ids.includes(null) || ids.includes(objectId)
}

/** What the envelope, which is not signed, says otherwise than the payload, and which time of the event was not believed. */
export const remarksOn = (
  { webhook: { name, objectId }, disbelief }: KycEvent,
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
