import type { Change } from './change.ts'

/** The type of all of them. */
export const STATUS_CHANGED = 'kyc-ledger.status-changed'

/**
 * A change on one line, in the JSON format of CloudEvents 1.0
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md). The log is its source: `id` is no other
 * change's of it, whichever node tells.
 */
export const cloudEvent = ({ id, userId, status, verified, since, position }: Change, logId: string): string =>
  JSON.stringify({
    specversion: '1.0',
    id,
    source: `/kyc-ledger/${logId}`,
    type: STATUS_CHANGED,
    subject: userId,
    datacontenttype: 'application/json',
    data: { status, verified, since, position },
  })
